"""The reader's network: a prefix language model on MiniLM's weights with a copy head.

The prompt is read in both directions and the completion causally. Each next token is drawn from a
mixture: a softmax over the vocabulary, and a softmax over the visible positions whose tokens can
be copied (See, Liu, Manning 2017, "Get To The Point"). What was copied last steers what is copied
next (:mod:`workbench.models.reader.copying`).

Shapes: B rows, L new positions, S positions in all with the cache, T scored positions, D hidden
width, V vocabulary.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import GenerationMixin, LogitsProcessorList, PreTrainedModel
from transformers.cache_utils import Cache, DynamicCache, DynamicLayer
from transformers.modeling_outputs import CausalLMOutputWithPast

from workbench.models.reader.configuration import ReaderConfig
from workbench.models.reader.copying import RepeatLimit, follow_features, pack_ids, unpack_ids

IGNORED = -100


@dataclass
class ReaderOutput(CausalLMOutputWithPast):  # type: ignore[misc]
    """Output of the reader.

    ``logits`` are log-probabilities of the mixture. With labels they are left out unless
    ``logits_to_keep`` asks for them, and ``target_logp`` [B, T] holds log p of each label from
    the first labelled position of the row on, 0 where there is none. With ``sources``,
    ``source_logp`` [Q] holds log p of copying from the right positions, for each quoted token.
    """

    target_logp: Tensor | None = None
    source_logp: Tensor | None = None


class Block(nn.Module):
    """One post-norm transformer layer of BERT, with query, key and value in one product."""

    def __init__(self, config: ReaderConfig, layer_idx: int) -> None:
        super().__init__()
        d, eps = config.hidden_size, config.layer_norm_eps
        self.layer_idx, self.heads = layer_idx, config.num_attention_heads
        self.dropout = nn.Dropout(config.hidden_dropout_prob)
        self.qkv = nn.Linear(d, 3 * d)
        self.out = nn.Linear(d, d)
        self.norm_attention = nn.LayerNorm(d, eps=eps)
        self.up = nn.Linear(d, config.intermediate_size)
        self.down = nn.Linear(config.intermediate_size, d)
        self.norm_mlp = nn.LayerNorm(d, eps=eps)

    def forward(self, x: Tensor, mask: Tensor, cache: Cache | None) -> Tensor:
        """x [B, L, D], mask [B, 1, L, S] (True is seen) -> [B, L, D]."""
        b, n, d = x.shape
        qkv = self.qkv(x).view(b, n, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        q, k, v = qkv[0], qkv[1], qkv[2]
        if cache is not None:
            k, v = cache.update(k, v, self.layer_idx)
        seen = _attend(q, k, v, mask)
        gathered = self.out(seen.transpose(1, 2).reshape(b, n, d))
        x = self.norm_attention(x + self.dropout(gathered))
        result: Tensor = self.norm_mlp(x + self.dropout(self.down(F.gelu(self.up(x)))))
        return result


class ReaderForCausalLM(PreTrainedModel, GenerationMixin):  # type: ignore[misc]
    """The reader as transformers knows it; see the module docstring for what it computes."""

    config_class = ReaderConfig
    base_model_prefix = "reader"
    _supports_sdpa = True
    _no_split_modules = ("Block",)

    def __init__(self, config: ReaderConfig) -> None:
        super().__init__(config)
        d = config.hidden_size
        self.words = nn.Embedding(config.vocab_size, d)
        self.positions = nn.Embedding(config.max_position_embeddings, d)
        self.norm = nn.LayerNorm(d, eps=config.layer_norm_eps)
        self.blocks = nn.ModuleList(Block(config, i) for i in range(config.num_hidden_layers))
        self.head = nn.Linear(d, d)
        self.head_norm = nn.LayerNorm(d, eps=1e-5)
        self.head_bias = nn.Parameter(torch.zeros(config.vocab_size))
        self.copy_query = nn.Linear(d, d)
        self.copy_key = nn.Linear(d, d)
        self.gate = nn.Linear(d, 1)
        self.follow = nn.Linear(d, 5)
        self.post_init()

    def get_input_embeddings(self) -> nn.Embedding:
        return self.words

    def set_input_embeddings(self, value: nn.Embedding) -> None:
        self.words = value

    def get_output_embeddings(self) -> None:
        """None: the vocabulary is scored with the word embeddings, not a separate layer."""

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor | None = None,
        labels: Tensor | None = None,
        past_key_values: Cache | None = None,
        position_ids: Tensor | None = None,
        use_cache: bool | None = None,
        logits_to_keep: int | None = None,
        prompt_length: int | None = None,
        num_items_in_batch: Tensor | int | None = None,
        sources: Tensor | None = None,
        **_: Any,
    ) -> ReaderOutput:
        """Score the next token.

        input_ids [B, L]; attention_mask [B, S], 0 on padding; labels [B, L] with -100 where
        nothing is to be learned. The prompt, read in both directions, is every position before
        the first label of a row; without labels the first ``prompt_length`` positions; without
        either the whole input (what comes after a cache is completion). ``logits_to_keep`` scores
        only that many last positions (0 or None: all). The loss is the mean negative log p of
        the labels, or their sum over ``num_items_in_batch`` where the trainer counts them.
        ``sources`` [N, 3] (row, place in the completion, position in the prompt) asks for
        ``source_logp``: a token that is quoted may stand in many places of the prompt, and a plain
        loss accepts any of them.
        """
        b, n = input_ids.shape
        past = past_key_values.get_seq_length() if past_key_values is not None else 0
        if labels is not None and past:
            raise ValueError("labels go with the whole sequence, not with a part of it in a cache")
        if use_cache is None:
            use_cache = self.config.use_cache and labels is None
        cache = past_key_values
        if cache is None and use_cache:
            cache = DynamicCache()
        if attention_mask is None:
            attention_mask = input_ids.new_ones(b, past + n)
        prompt = self._prompt_lengths(input_ids, labels, past, prompt_length)
        mask = _prefix_mask(attention_mask.bool(), prompt, past, n)
        if position_ids is None:
            position_ids = (attention_mask.long().cumsum(-1) - 1)[:, past:]
        position_ids = position_ids.clamp(0, self.config.max_position_embeddings - 1)
        x = self.norm(self.words(input_ids) + self.positions(position_ids))
        for block in self.blocks:
            x = block(x, mask, cache)
        keys = self.copy_key(x)
        if cache is None:
            ids, sentences = input_ids, torch.arange(n, device=x.device) >= prompt[:, None]
        else:
            keys, ids, sentences = self._cached(cache, keys, input_ids, prompt, past)
        source = _Source(keys, ids, sentences)
        loss = logp = quoted = None
        if labels is not None:
            logp, quoted, count = self._scored(x, source, mask, prompt, labels, sources)
            loss = -logp.sum() / (count if num_items_in_batch is None else num_items_in_batch)
            if not logits_to_keep:
                return ReaderOutput(
                    loss=loss, past_key_values=cache, target_logp=logp, source_logp=quoted
                )
        at = torch.arange(n - min(logits_to_keep or n, n), n, device=x.device).expand(b, -1)
        logits = self._mixture(x, source, mask, at, past)
        return ReaderOutput(
            loss=loss, logits=logits, past_key_values=cache, target_logp=logp, source_logp=quoted
        )

    def _scored(
        self,
        x: Tensor,
        source: _Source,
        mask: Tensor,
        prompt: Tensor,
        labels: Tensor,
        sources: Tensor | None,
    ) -> tuple[Tensor, Tensor | None, Tensor]:
        """Log p of the labels [B, T] from each row's first label on, of the sources, and a count.

        Only the parts of the mixture that the labels need are computed.
        """
        n = labels.shape[1]
        first = (prompt - 1).clamp(min=0)
        last = n - 1 - (labels != IGNORED).int().flip(1).argmax(1)
        at = first[:, None] + torch.arange(max(int((last - first).max()), 1), device=x.device)
        wanted = labels.gather(1, (at + 1).clamp(max=n - 1)).masked_fill(at >= n - 1, IGNORED)
        at = at.clamp(max=n - 1)
        h, seen, valid = _take(x, at), _take(mask[:, 0], at), wanted != IGNORED
        weights = self._copy_weights(h, source, seen, at)
        copied = (weights * (source.ids[:, None] == wanted[:, :, None])).sum(-1)
        copying = 1 - torch.sigmoid(self.gate(h).float())[..., 0]
        # Labelled places only: a product with the whole vocabulary for each padding is wasted.
        flat, target = h[valid], wanted[valid]
        scores = self._vocabulary_scores(flat)
        chosen = scores.gather(1, target[:, None])[:, 0].float()
        written = (chosen - torch.logsumexp(scores.float(), -1)).exp()
        matches = ((1 - copying[valid]) * written + (copying * copied)[valid] + 1e-9).log()
        logp = torch.zeros_like(copied).masked_scatter(valid, matches)
        right = None if sources is None else _at_sources(copying[..., None] * weights, sources)
        return logp, right, valid.sum().clamp(min=1)

    def _prompt_lengths(
        self, input_ids: Tensor, labels: Tensor | None, past: int, prompt_length: int | None
    ) -> Tensor:
        """Length of each row's prompt in positions, padding included [B]."""
        b, n = input_ids.shape
        if labels is not None:
            labelled = labels != IGNORED
            first = labelled.int().argmax(1)
            return torch.where(labelled.any(1), first, n) + past
        if prompt_length is None:
            prompt_length = past if past else n
        return torch.full((b,), prompt_length, device=input_ids.device)

    def _cached(
        self, cache: Cache, keys: Tensor, input_ids: Tensor, prompt: Tensor, past: int
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Keep the copy head's keys and tokens as one more layer of whatever cache is in use."""
        index = len(self.blocks)
        while len(cache.layers) <= index:
            cache.layers.append(_layer_like(cache))
        sentences = past + torch.arange(input_ids.shape[1], device=keys.device) >= prompt[:, None]
        # Kept in the cache with the keys, so that rows are dropped and reordered together.
        packed = pack_ids(input_ids, sentences, keys.dtype)
        all_keys, all_packed = cache.update(keys[:, None], packed[:, None], index)
        return all_keys[:, 0], *unpack_ids(all_packed[:, 0])

    def _copy_weights(self, h: Tensor, source: _Source, mask: Tensor, at: Tensor) -> Tensor:
        """Probability of copying each visible position [B, T, S], from h [B, T, D]."""
        scores = self.copy_query(h) @ source.keys.transpose(1, 2) / h.shape[-1] ** 0.5
        features = follow_features(source.ids, source.is_reply, at)
        worth = self.follow(h).float() + torch.tensor(self.config.follow_bonus, device=h.device)
        bonus = torch.einsum("btf,fbts->bts", worth, features)
        weights: Tensor = (scores.float() + bonus).masked_fill(~mask, -1e9).softmax(-1)
        return weights

    def _vocabulary_scores(self, h: Tensor) -> Tensor:
        """Unnormalised scores [B, T, V], or [N, V] of rows [N, D]."""
        return F.linear(self.head_norm(F.gelu(self.head(h))), self.words.weight, self.head_bias)

    def _mixture(self, x: Tensor, source: _Source, mask: Tensor, at: Tensor, past: int) -> Tensor:
        """Log-probabilities of the next token at the new positions ``at`` [B, T] -> [B, T, V]."""
        h, seen = _take(x, at), _take(mask[:, 0], at)
        copied = self._copy_weights(h, source, seen, at + past)
        written = self._vocabulary_scores(h).float().softmax(-1)
        gate = torch.sigmoid(self.gate(h).float())
        index = source.ids[:, None].expand(-1, at.shape[1], -1)
        mixed: Tensor = (gate * written).scatter_add(2, index, (1 - gate) * copied)
        return (mixed + 1e-9).log()

    def generate(self, *args: Any, **kwargs: Any) -> Any:
        """transformers' generate, with the prompt's end marked and repetition limited."""
        inputs = args[0] if args and args[0] is not None else kwargs.get("input_ids")
        if inputs is None:
            inputs = kwargs.get("inputs")
        if inputs is None:
            raise ValueError("the reader's generate needs input_ids: every completion has a prompt")
        processors = LogitsProcessorList(kwargs.pop("logits_processor", None) or [])
        if self.config.max_repeats:
            processors.append(
                RepeatLimit(inputs.shape[1], self.config.max_repeats, self.config.repeat_span)
            )
        kwargs.setdefault("prompt_length", inputs.shape[1])
        return super().generate(*args, logits_processor=processors, **kwargs)


@dataclass
class _Source:
    """What can be copied: keys [B, S, D], token ids [B, S], and which are completion [B, S]."""

    keys: Tensor
    ids: Tensor
    is_reply: Tensor


def _layer_like(cache: Cache) -> DynamicLayer:
    """An empty layer that grows as the others of this cache do."""
    kind = type(cache.layers[0])
    return kind() if issubclass(kind, DynamicLayer) else DynamicLayer()


def _attend(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Tensor:
    """Attention [B, H, L, d] of q over k and v where mask [B, 1, L, S] is True.

    Written out where a CPU learns: there the fused kernel's backward pass is a fifth slower.
    """
    if q.device.type == "cpu" and torch.is_grad_enabled():
        bias = torch.zeros(mask.shape, dtype=q.dtype).masked_fill_(~mask, -1e9)
        weights = ((q * q.shape[-1] ** -0.5) @ k.transpose(-1, -2) + bias).softmax(-1)
        mixed: Tensor = weights @ v
        return mixed
    return F.scaled_dot_product_attention(q, k, v, attn_mask=mask)


def _prefix_mask(seen: Tensor, prompt: Tensor, past: int, n: int) -> Tensor:
    """[B, 1, n, past + n], True where a new position may look: the prompt and what came before.

    A padding position sees itself, so that no softmax is empty.
    """
    columns = torch.arange(past + n, device=seen.device)
    rows = columns[past:, None]
    allowed = (columns <= rows) | (columns < prompt[:, None, None])
    return ((allowed & seen[:, None]) | (columns == rows))[:, None]


def _at_sources(weights: Tensor, sources: Tensor) -> Tensor:
    """Log of the weights [B, T, S] summed over the positions of each quoted token [Q].

    sources [N, 3]: row, place, position; those of one row and place are one token's.
    """
    row, place, position = sources.unbind(1)
    tokens, token = torch.unique(row * weights.shape[1] + place, return_inverse=True)
    total = torch.zeros(len(tokens), device=weights.device)
    return (total.index_add(0, token, weights[row, place, position]) + 1e-9).log()


def _take(x: Tensor, at: Tensor) -> Tensor:
    """Rows ``at`` [B, T] of x [B, L, …] -> [B, T, …]."""
    return x.gather(1, at[:, :, None].expand(-1, -1, x.shape[2]))
