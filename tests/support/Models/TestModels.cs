namespace LlamaSpan.TestSupport;

/// <summary>
/// Small models of random weights, at most a few megabytes each, with vocabularies cut from llama.cpp's own. A model is written at its
/// first use, into artifacts/test-models, and is the same each time.
/// </summary>
public static class TestModels
{
    private static readonly Dictionary<string, Func<string, ModelBuilder>> s_recipes = new()
    {
        ["llama"] = name => LlamaRecipes.Llama3(name),
        ["llama-f32"] = name => LlamaRecipes.Llama3(name, Native.ggml_type.GGML_TYPE_F32),
        ["llama-nvfp4"] = LlamaRecipes.Nvfp4,
        ["llama-yarn"] = LlamaRecipes.Yarn,
        ["mistral"] = LlamaRecipes.Mistral,
        ["experts"] = LlamaRecipes.Experts,
        ["gemma2"] = name => Gemma2Recipe.Build(name),
        ["gemma2-f32"] = name => Gemma2Recipe.Build(name, Native.ggml_type.GGML_TYPE_F32),
        ["phi3"] = Phi3Recipe.Build,
        ["encoder"] = name => BertRecipes.Build(name, BertRecipes.MeanPooling),
        ["ranker"] = name => BertRecipes.Build(name, BertRecipes.RankPooling),
        ["recurrent"] = MambaRecipes.Mamba,
        ["hybrid"] = name => MambaRecipes.Jamba(name),
        ["hybrid-f32"] = name => MambaRecipes.Jamba(name, Native.ggml_type.GGML_TYPE_F32),
    };

    /// <summary>Llama 3.1's shape: byte-level BPE, grouped queries, RoPE factors; Q8_0 weights, context of 2,048.</summary>
    public static string Llama => PathOf("llama");

    /// <summary>The same shape with F32 weights.</summary>
    public static string LlamaF32 => PathOf("llama-f32");

    /// <summary>The same shape with NVFP4 matrices and their scales.</summary>
    public static string LlamaNvfp4 => PathOf("llama-nvfp4");

    /// <summary>The same shape with YaRN: trained for 512, stretched to 2,048.</summary>
    public static string LlamaYarn => PathOf("llama-yarn");

    /// <summary>Mistral 7B v0.3's shape: llama with SentencePiece; F16 weights.</summary>
    public static string Mistral => PathOf("mistral");

    /// <summary>Mixtral's shape: llama with four experts, of which two are used.</summary>
    public static string Experts => PathOf("experts");

    /// <summary>Gemma 2's shape: a sliding window of 64 in every other block, soft caps, tied embeddings.</summary>
    public static string Gemma2 => PathOf("gemma2");

    /// <summary>Phi-3's shape: fused attention and feed-forward matrices; Q4_0 weights.</summary>
    public static string Phi3 => PathOf("phi3");

    /// <summary>BERT's shape with mean pooling: embeddings of 128 values.</summary>
    public static string Encoder => PathOf("encoder");

    /// <summary>BERT's shape with a classifier: one rank a sequence.</summary>
    public static string Ranker => PathOf("ranker");

    /// <summary>Mamba's shape: no attention, a state that cannot go back.</summary>
    public static string Recurrent => PathOf("recurrent");

    /// <summary>Jamba's shape: Mamba blocks and one of attention.</summary>
    public static string Hybrid => PathOf("hybrid");

    /// <summary>
    /// SmolLM2-135M's shape with Llama 3's whole vocabulary, 128,256 tokens: not small, 200 MB, and for measuring only.
    /// </summary>
    public static string Llama135M => TestFiles.Get("llama-135m.gguf", path =>
    {
        using ModelBuilder model = LlamaRecipes.Llama135M("llama-135m");
        model.File.Save(path);
    });

    /// <summary>Llama 3.2 1B's shape in Q4_0, 700 MB: for measuring only.</summary>
    public static string Llama1B => TestFiles.Get("llama-1b.gguf", path =>
    {
        using ModelBuilder model = LlamaRecipes.Llama1B("llama-1b");
        model.File.Save(path);
    });

    /// <summary>The names of all small ones.</summary>
    public static IReadOnlyCollection<string> Names => s_recipes.Keys;

    /// <summary>The names of those that generate text.</summary>
    public static IEnumerable<string> Generators => Names.Except(["encoder", "ranker"]);

    /// <summary>The file of a model.</summary>
    public static string PathOf(string name) => TestFiles.Get($"{name}.gguf", path =>
    {
        using ModelBuilder model = s_recipes[name](name);
        model.File.Save(path);
    });
}
