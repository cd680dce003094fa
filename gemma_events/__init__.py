"""A robot's hearing, sight, face and voice as ROS 2 nodes that speak in events."""

import pkgutil

# The generated messages (gemma_events.msg) are installed beside these modules; this finds them
# also when the modules come from the source folder.
__path__ = pkgutil.extend_path(__path__, __name__)
