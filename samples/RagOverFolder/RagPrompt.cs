using System.Text;
using LlamaSpan;

namespace RagOverFolder;

/// <summary>
/// The wording of the prompts, documents first and question last, so that the next question finds all but its own words in the cache.
/// models/pocket.gguf was trained on exactly these words (models/pocket/corpus.py); larger models do not mind them.
/// </summary>
static class RagPrompt
{
    /// <summary>What the model is told to be.</summary>
    public const string System = "You are a helpful assistant that answers using the provided context only.";

    const string AskText =
        "Answer the question using only the documents above. " +
        "If the answer is not contained there, say you don't know.\n\nQuestion: ";

    const string AskJson =
        "Answer the question using only the documents above. Reply with JSON: " +
        "{\"quote\": sentence from a document or null, \"answer\": string or null}.\n\nQuestion: ";

    /// <summary>What the model's chat template makes a prompt of.</summary>
    public static ChatMessage[] Messages(IReadOnlyList<Passage> passages, string question, bool json) =>
        [ChatMessage.System(System), ChatMessage.User(User(passages, question, json))];

    /// <summary>The user's message: [DOC 1] to [DOC n], then the question.</summary>
    public static string User(IReadOnlyList<Passage> passages, string question, bool json)
    {
        StringBuilder text = new();
        for (int i = 0; i < passages.Count; i++)
            text.Append($"[DOC {i + 1}]\n{passages[i].Text}\n\n");
        return text.Append(json ? AskJson : AskText).Append(question).ToString();
    }
}
