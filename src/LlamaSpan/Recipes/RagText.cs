using System.Text;

namespace LlamaSpan;

/// <summary>The user's message of a RAG prompt as its pieces: a label and a text for each document, what stands behind them, the question.</summary>
internal sealed class RagText
{
    private readonly List<string> _pieces = [];

    internal RagText(IReadOnlyList<string> documents, string instruction, string question, string? reminder)
    {
        for (int i = 0; i < documents.Count; i++)
        {
            _pieces.Add($"[DOC {i + 1}]\n");
            _pieces.Add(documents[i] + DocumentEnd);      // tokenizers join a full stop with the lines behind it
        }
        _pieces.Add(reminder is null ? $"{instruction}\n\nQuestion:" : "Most relevant:");
        _pieces.Add(reminder is null ? $" {question}" : $"\n{reminder}\n\n{instruction}\nQuestion: {question}\nAnswer:");      // and a space with the word behind it
        DocumentCount = documents.Count;
    }

    /// <summary>What a document ends with.</summary>
    internal const string DocumentEnd = "\n\n";

    internal int DocumentCount { get; }

    internal string Whole => string.Concat(_pieces);

    internal int QuestionPiece => 2 * DocumentCount + 1;

    internal static int PieceOf(int document) => 2 * document + 1;

    /// <summary>Cuts a part of a prompt that holds the whole message into parts for the pieces, numbered as contents.</summary>
    internal IEnumerable<PromptPart> Cut(PromptPart part)
    {
        int start = part.Start;
        for (int i = 0; i < _pieces.Count; i++)
        {
            int length = Encoding.UTF8.GetByteCount(_pieces[i]);
            yield return part with { Start = start, Length = length, Content = i };
            start += length;
        }
    }
}
