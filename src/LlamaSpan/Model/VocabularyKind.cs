namespace LlamaSpan;

/// <summary>How a vocabulary's tokenizer works.</summary>
public enum VocabularyKind
{
    /// <summary>There is none; the model takes token ids only.</summary>
    None = 0,

    /// <summary>SentencePiece with byte fallback (Llama 2, Mistral, Gemma, Phi-3).</summary>
    SentencePiece = 1,

    /// <summary>Byte-level BPE (GPT-2, Llama 3).</summary>
    BytePairEncoding = 2,

    /// <summary>WordPiece (BERT).</summary>
    WordPiece = 3,

    /// <summary>Unigram (T5).</summary>
    Unigram = 4,

    /// <summary>Greedy longest match (RWKV).</summary>
    Rwkv = 5,

    /// <summary>Aho-Corasick with dynamic programming (PLaMo-2).</summary>
    Plamo2 = 6,
}
