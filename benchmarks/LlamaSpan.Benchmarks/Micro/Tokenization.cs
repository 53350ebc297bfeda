using System.Text;
using BenchmarkDotNet.Attributes;

namespace LlamaSpan.Benchmarks.Micro;

/// <summary>From UTF-8 to tokens and back, with Llama 3's vocabulary: a page of text.</summary>
public class Tokenization
{
    private readonly byte[] _text = Encoding.UTF8.GetBytes(string.Concat(
        Directory.GetFiles(Repository.PathOf("samples/documents")).Order().Select(File.ReadAllText)));

    private LlamaModel _model = null!;
    private Utf8Decoder _decoder = null!;
    private LlamaToken[] _tokens = [];
    private LlamaToken[] _room = [];

    [GlobalSetup]
    public void Load()
    {
        _model = LlamaModel.Load(Repository.PathOf("native/llama.cpp/models/ggml-vocab-llama-bpe.gguf"), new ModelOptions { VocabularyOnly = true });
        _tokens = _model.Vocabulary.Tokenize(_text, addSpecial: false);
        _room = new LlamaToken[_text.Length + 8];
        _decoder = new Utf8Decoder(_model.Vocabulary.Tokens);
    }

    [Benchmark(Description = "a page of text to tokens, Llama 3's vocabulary")]
    public int Tokenize() => _model.Vocabulary.TryTokenize(_text, _room, out int count, addSpecial: false) ? count : -1;

    [Benchmark(Description = "and back, token by token")]
    public int Detokenize()
    {
        _decoder.Reset();
        int bytes = 0;
        foreach (LlamaToken token in _tokens)
            bytes += _decoder.Append(token).Length;
        return bytes;
    }

    [GlobalCleanup]
    public void Free() => _model.Dispose();
}
