using LlamaSpan;

namespace RagOverFolder;

/// <summary>
/// Prompts in ChatML. Only the role marks are read as special tokens: what documents and users wrote stays text, whatever it spells.
/// </summary>
sealed class ChatMl
{
    readonly Vocabulary _vocabulary;
    readonly LlamaToken _start, _end;

    /// <exception cref="InputException">The vocabulary does not know ChatML's role marks.</exception>
    public ChatMl(Vocabulary vocabulary)
    {
        _vocabulary = vocabulary;
        (_start, _end) = (Mark("<|im_start|>"), Mark("<|im_end|>"));
    }

    /// <summary>System and user text, ready for the assistant's answer.</summary>
    public LlamaToken[] Prompt(string system, string user) =>
        [_start, .. Text($"system\n{system}"), _end, .. Text("\n"), _start, .. Text($"user\n{user}"), _end, .. Text("\n"), _start, .. Text("assistant\n")];

    LlamaToken Mark(string spelling) => _vocabulary.Tokenize(spelling, addSpecial: false, parseSpecial: true) is [var token]
        ? token
        : throw new InputException($"this sample writes prompts in ChatML, and the model has no token {spelling}");

    LlamaToken[] Text(string text) => _vocabulary.Tokenize(text, addSpecial: false);
}
