"""The errors that this package raises on purpose. Each tells the user what to do.

GemmaError
 +-- ConfigurationError    the user has to change something: nothing is retried
 +-- DeviceError           a device or service is missing or lost: worth another try
 +-- RecognitionError      an utterance could not be turned into text
"""


class GemmaError(Exception):
    """One line for the user: what is wrong and what to do."""


class ConfigurationError(GemmaError):
    """A setting that cannot work: what needs it does not start."""


class DeviceError(GemmaError):
    """A microphone, speaker, screen or camera that is missing or was lost."""


class RecognitionError(GemmaError):
    """A recogniser could not be loaded, failed, or took too long."""
