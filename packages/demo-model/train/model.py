"""The Llama decoder in PyTorch, with Hugging Face's weight names, and a safetensors writer."""

import json
import struct

import torch
from torch import nn
from torch.nn import functional

CONFIG = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "vocab_size": 4096,
    "hidden_size": 224,
    "intermediate_size": 608,
    "num_hidden_layers": 5,
    "num_attention_heads": 7,
    "num_key_value_heads": 7,
    "head_dim": 32,
    "max_position_embeddings": 512,
    "rms_norm_eps": 1e-5,
    "rope_theta": 10000.0,
    "hidden_act": "silu",
    "attention_bias": False,
    "mlp_bias": False,
    "tie_word_embeddings": True,
    "bos_token_id": 4095,
    "eos_token_id": 4095,
    "torch_dtype": "float16",
    "use_cache": True,
}


class Norm(nn.Module):
    """Root-mean-square norm (Zhang and Sennrich 2019)."""

    def __init__(self, width, eps):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.eps = eps

    def forward(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.eps) * self.weight


def rotate(x, cos, sin):
    """Rotate the halves of each head by position (Su et al. 2021, Hugging Face's layout)."""
    low, high = x.chunk(2, -1)
    return torch.cat((low * cos - high * sin, high * cos + low * sin), -1)


class Attention(nn.Module):
    """Causal self-attention, one key head a query head."""

    def __init__(self, config):
        super().__init__()
        width = config["hidden_size"]
        self.heads = config["num_attention_heads"]
        for name in ("q_proj", "k_proj", "v_proj", "o_proj"):
            setattr(self, name, nn.Linear(width, width, bias=False))

    def forward(self, x, cos, sin, mask, dropout):
        batch, length, width = x.shape
        shape = (batch, length, self.heads, width // self.heads)
        q = rotate(self.q_proj(x).view(shape).transpose(1, 2), cos, sin)
        k = rotate(self.k_proj(x).view(shape).transpose(1, 2), cos, sin)
        v = self.v_proj(x).view(shape).transpose(1, 2)
        weights = torch.softmax(q @ k.transpose(2, 3) * shape[-1] ** -0.5 + mask, -1)
        out = functional.dropout(weights, dropout, self.training) @ v
        return self.o_proj(out.transpose(1, 2).reshape(batch, length, width))


class Mlp(nn.Module):
    """SwiGLU feed-forward (Shazeer 2020)."""

    def __init__(self, config):
        super().__init__()
        width, inner = config["hidden_size"], config["intermediate_size"]
        self.gate_proj = nn.Linear(width, inner, bias=False)
        self.up_proj = nn.Linear(width, inner, bias=False)
        self.down_proj = nn.Linear(inner, width, bias=False)

    def forward(self, x):
        return self.down_proj(functional.silu(self.gate_proj(x)) * self.up_proj(x))


class Layer(nn.Module):
    """One pre-norm decoder layer."""

    def __init__(self, config):
        super().__init__()
        width, eps = config["hidden_size"], config["rms_norm_eps"]
        self.self_attn = Attention(config)
        self.mlp = Mlp(config)
        self.input_layernorm = Norm(width, eps)
        self.post_attention_layernorm = Norm(width, eps)

    def forward(self, x, cos, sin, mask, dropout):
        drop = functional.dropout
        x = x + drop(
            self.self_attn(self.input_layernorm(x), cos, sin, mask, 0.0), dropout, self.training
        )
        return x + drop(self.mlp(self.post_attention_layernorm(x)), dropout, self.training)


class Decoder(nn.Module):
    """Embedding, layers and final norm."""

    def __init__(self, config):
        super().__init__()
        self.embed_tokens = nn.Embedding(config["vocab_size"], config["hidden_size"])
        self.layers = nn.ModuleList(Layer(config) for _ in range(config["num_hidden_layers"]))
        self.norm = Norm(config["hidden_size"], config["rms_norm_eps"])


class Llama(nn.Module):
    """The language model; the output projection is the embedding."""

    def __init__(self, config=CONFIG):
        super().__init__()
        self.config = config
        self.model = Decoder(config)
        for name, weight in self.named_parameters():
            if weight.dim() == 2:
                deep = name.endswith(("o_proj.weight", "down_proj.weight"))
                scale = (2 * config["num_hidden_layers"]) ** -0.5 if deep else 1.0
                nn.init.normal_(weight, 0.0, 0.02 * scale)

    def forward(self, ids, dropout=0.0):
        """Return logits `[batch, length, vocabulary]` for ids `[batch, length]`."""
        length, half = ids.shape[1], self.config["head_dim"] // 2
        dtype = self.model.embed_tokens.weight.dtype
        rates = self.config["rope_theta"] ** -(torch.arange(half, dtype=dtype) / half)
        angles = torch.arange(length, dtype=dtype)[:, None] * rates
        mask = torch.full((length, length), float("-inf")).triu(1)
        x = self.model.embed_tokens(ids)
        x = functional.dropout(x, dropout, self.training)
        for layer in self.model.layers:
            x = layer(x, angles.cos(), angles.sin(), mask, dropout)
        return functional.linear(self.model.norm(x), self.model.embed_tokens.weight)


def write_safetensors(path, tensors):
    """Write `tensors` as float16: header length, JSON header, data."""
    header, blobs, at = {"__metadata__": {"format": "pt"}}, [], 0
    for name in sorted(tensors):
        array = tensors[name].detach().to(torch.float16).contiguous()
        blob = array.numpy().tobytes()
        header[name] = {
            "dtype": "F16",
            "shape": list(array.shape),
            "data_offsets": [at, at + len(blob)],
        }
        blobs.append(blob)
        at += len(blob)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(blobs))


def read_safetensors(path):
    """Return the tensors of a float16 file written by `write_safetensors`, as float32."""
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        data = file.read()
    tensors = {}
    for name, entry in header.items():
        if name != "__metadata__":
            low, high = entry["data_offsets"]
            raw = torch.frombuffer(bytearray(data[low:high]), dtype=torch.float16)
            tensors[name] = raw.view(entry["shape"]).float()
    return tensors
