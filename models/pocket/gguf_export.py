"""Writes the pocket model as a GGUF: Q8_0 matrices, float32 norms, ChatML template."""
from gguf import GGMLQuantizationType, GGUFWriter, TokenType, quants

CHAT_TEMPLATE = ("{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] "
                 "+ '<|im_end|>' + '\n' }}{% endfor %}"
                 "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}")


def export(net, tokenizer, special, path):
    c, q8 = net.config, GGMLQuantizationType.Q8_0
    w = GGUFWriter(path, "llama")
    w.add_name("pocket")
    w.add_description("Small model trained on made-up documents: RAG answers, JSON, graphs, repair, ranking.")
    w.add_license("MIT")
    w.add_context_length(c.positions)
    w.add_embedding_length(c.width)
    w.add_block_count(c.layers)
    w.add_feed_forward_length(c.feed_forward)
    w.add_head_count(c.heads)
    w.add_head_count_kv(c.kv_heads)
    w.add_layer_norm_rms_eps(1e-5)
    w.add_rope_dimension_count(c.head_width)
    w.add_rope_freq_base(c.rope_base)
    w.add_vocab_size(c.vocabulary)

    unused = [f"<|unused{i}|>" for i in range(c.vocabulary - len(tokenizer.tokens))]
    w.add_tokenizer_model("gpt2")
    w.add_tokenizer_pre("gpt-2")
    w.add_token_list(tokenizer.tokens + unused)
    w.add_token_types([TokenType.CONTROL if t in special else TokenType.NORMAL for t in tokenizer.tokens]
                      + [TokenType.CONTROL] * len(unused))
    w.add_token_merges([" ".join(merge) for merge in tokenizer.merges])
    w.add_bos_token_id(tokenizer.id["<|endoftext|>"])
    w.add_eos_token_id(tokenizer.id["<|im_end|>"])
    w.add_pad_token_id(tokenizer.id["<|endoftext|>"])
    w.add_add_bos_token(False)
    w.add_chat_template(CHAT_TEMPLATE)

    values = lambda tensor: tensor.detach().float().cpu().numpy()
    put_matrix = lambda name, tensor: w.add_tensor(name, quants.quantize(values(tensor), q8), raw_dtype=q8)
    put_matrix("token_embd.weight", net.emb.weight)
    w.add_tensor("output_norm.weight", values(net.norm.weight))
    for i, block in enumerate(net.blocks):
        w.add_tensor(f"blk.{i}.attn_norm.weight", values(block.n1.weight))
        w.add_tensor(f"blk.{i}.ffn_norm.weight", values(block.n2.weight))
        for name, linear in (("attn_q", block.q), ("attn_k", block.k), ("attn_v", block.v), ("attn_output", block.o),
                             ("ffn_gate", block.g), ("ffn_up", block.u), ("ffn_down", block.d)):
            put_matrix(f"blk.{i}.{name}.weight", linear.weight)
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()
