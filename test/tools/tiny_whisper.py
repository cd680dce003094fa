"""Writes a Whisper model of 2 MB that faster-whisper loads, without torch and without a download.

Every layer is zero, so the decoder's state is its position alone, and the output layer maps a position to the next
token: whatever it hears, it says the same text, once in each 30 s of sound. No prompt or hotwords: they shift the
positions. English only (its vocabulary is smaller than the multilingual ones').

    python test/tools/tiny_whisper.py FOLDER [TEXT]
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import tokenizers
from ctranslate2.specs import common_spec
from ctranslate2.specs.whisper_spec import WhisperSpec

MELS, AUDIO_POSITIONS, TEXT_POSITIONS, WIDTH = 80, 1500, 448, 128
END_OF_TEXT, FIRST_STAMP = '<|endoftext|>', '<|0.00|>'
SPECIAL = (
    END_OF_TEXT,
    '<|startoftranscript|>',
    '<|translate|>',
    '<|transcribe|>',
    '<|startoflm|>',
    '<|startofprev|>',
    '<|nospeech|>',
    '<|notimestamps|>',
)

# faster-whisper suppresses the first token of ' -', " '" and ' ♪'; without these merges that is the space itself.
MERGES = (('Ġ', '-'), ('Ġ', "'"), ('Ġ', 'â'))


def write(folder: Path, text: str) -> Path:
    """A model that says the text; the folder."""
    tokens = vocabulary()
    words = tokenizer(tokens)
    spec = WhisperSpec(1, 4, 1, 4)
    encoder(spec.encoder)
    decoder(spec.decoder, len(tokens))
    stamp = tokens.index(FIRST_STAMP)
    script(spec.decoder, [stamp, *words.encode(' ' + text).ids, stamp + 50, tokens.index(END_OF_TEXT)])
    spec.register_vocabulary(tokens)
    spec.config.suppress_ids, spec.config.suppress_ids_begin = [], []
    spec.config.lang_ids, spec.config.alignment_heads = [], [[0, 0]]
    spec.validate()
    spec.optimize(quantization='int8')
    folder.mkdir(parents=True, exist_ok=True)
    spec.save(str(folder))
    words.save(str(folder / 'tokenizer.json'))
    (folder / 'preprocessor_config.json').write_text(
        json.dumps({'feature_size': MELS, 'sampling_rate': 16000, 'hop_length': 160, 'chunk_length': 30, 'n_fft': 400})
    )
    return folder


def vocabulary() -> list[str]:
    """256 bytes, the merges, the special tokens, the time stamps: about one token a byte."""
    letters = sorted(tokenizers.pre_tokenizers.ByteLevel.alphabet())
    return letters + [a + b for a, b in MERGES] + list(SPECIAL) + [f'<|{i * 0.02:.2f}|>' for i in range(1501)]


def tokenizer(tokens: list[str]) -> tokenizers.Tokenizer:
    """That of byte-level BPE over the vocabulary."""
    plain = tokens.index(SPECIAL[0])
    made = tokenizers.Tokenizer(
        tokenizers.models.BPE(vocab={token: i for i, token in enumerate(tokens[:plain])}, merges=list(MERGES))
    )
    made.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = tokenizers.decoders.ByteLevel()
    made.add_special_tokens([tokenizers.AddedToken(token, special=True) for token in tokens[plain:]])
    return made


def zeros(*shape: int) -> np.ndarray:
    return np.zeros(shape, np.float32)


def norm(spec: common_spec.LayerNormSpec) -> None:
    spec.gamma, spec.beta = np.ones(WIDTH, np.float32), zeros(WIDTH)


def linear(spec: common_spec.LinearSpec, rows: int, columns: int) -> None:
    spec.weight, spec.bias = zeros(rows, columns), zeros(rows)


def attention(spec: common_spec.LayerSpec, sizes: tuple[int, ...]) -> None:
    norm(spec.layer_norm)
    for layer, size in zip(spec.linear, sizes, strict=True):
        linear(layer, size * WIDTH, WIDTH)


def forward(spec: common_spec.LayerSpec) -> None:
    norm(spec.layer_norm)
    linear(spec.linear_0, 4 * WIDTH, WIDTH)
    linear(spec.linear_1, WIDTH, 4 * WIDTH)


def encoder(spec: common_spec.LayerSpec) -> None:
    for conv, channels in ((spec.conv1, MELS), (spec.conv2, WIDTH)):
        conv.weight, conv.bias = zeros(WIDTH, channels, 3), zeros(WIDTH)
    spec.position_encodings.encodings = zeros(AUDIO_POSITIONS, WIDTH)
    norm(spec.layer_norm)
    for layer in spec.layer:
        attention(layer.self_attention, (3, 1))
        forward(layer.ffn)


def decoder(spec: common_spec.LayerSpec, size: int) -> None:
    spec.embeddings.weight = zeros(size, WIDTH)
    norm(spec.layer_norm)
    linear(spec.projection, size, WIDTH)
    for layer in spec.layer:
        attention(layer.self_attention, (3, 1))
        attention(layer.attention, (1, 2, 1))
        forward(layer.ffn)


def script(spec: common_spec.LayerSpec, tokens: list[int]) -> None:
    """Give each position a random code, and the token that belongs there the same code as its output weights."""
    if len(tokens) > WIDTH // 2:
        raise ValueError('the text is too long: codes are no longer far enough apart')
    codes = np.random.default_rng(7).standard_normal((TEXT_POSITIONS, WIDTH)).astype(np.float32)
    codes -= codes.mean(1, keepdims=True)
    codes /= codes.std(1, keepdims=True)  # the final layer norm leaves these as they are
    weight = zeros(*spec.projection.weight.shape)
    for position, token in enumerate(tokens):
        weight[token] += codes[position] * (40.0 / WIDTH)
    spec.position_encodings.encodings, spec.projection.weight = codes, weight


if __name__ == '__main__':
    write(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else 'hello robot')
