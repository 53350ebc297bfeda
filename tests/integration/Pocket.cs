
namespace LlamaSpan.IntegrationTests;

/// <summary>The default model, loaded once for all tests, and contexts of it with one thread: the tests share a few cores.</summary>
internal static class Pocket
{
    private static readonly Lazy<LlamaModel> s_model = new(() => LlamaModel.Load(Path));

    internal static string Path => Repository.PathOf("models/pocket.gguf");

    internal static LlamaModel Model => s_model.Value;

    internal static ContextOptions Options { get; } = new() { Threads = 1, BatchThreads = 1, ContextSize = 512 };

    /// <summary>A question over two documents, in the form the model was trained on.</summary>
    internal static LlamaToken[] Prompt(string question) => Model.Vocabulary.Tokenize(
        "<|im_start|>system\nYou are a helpful assistant that answers using the provided context only.<|im_end|>\n<|im_start|>user\n"
        + "[DOC 1]\nVelmora Optics is based in Tarnwick. Velmora Optics was founded in 1987.\n\n"
        + "[DOC 2]\nThe Brillo kettle costs 45 dollars. The Brillo kettle is red.\n\n"
        + "Answer the question using only the documents above. If the answer is not contained there, say you don't know.\n\n"
        + $"Question: {question}<|im_end|>\n<|im_start|>assistant\n", parseSpecial: true);

    internal static LlamaContext Context(ContextOptions? options = null) => Model.CreateContext(options ?? Options);
}
