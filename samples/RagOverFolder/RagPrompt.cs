using System.Text;

namespace RagOverFolder;

/// <summary>
/// The wording of the prompts, documents first and question last, so that the next question finds all but its own words in the cache.
/// models/pocket.gguf was trained on exactly the words of <see cref="User"/> (models/pocket/corpus.py). Other models get those of
/// <see cref="UserReminded"/>: small ones lose sight of a document that stands far above the question.
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

    const string AskShortText = "Answer with one sentence from the context.";

    const string AskShortJson =
        "Answer with JSON: {\"quote\": sentence from the context, \"answer\": short answer}.";

    /// <summary>The user's message: [DOC 1] to [DOC n], then the question.</summary>
    public static string User(IReadOnlyList<Passage> passages, string question, bool json) =>
        Documents(passages).Append(json ? AskJson : AskText).Append(question).ToString();

    /// <summary>The user's message: [DOC 1] to [DOC n], the best of them again, then the question.</summary>
    public static string UserReminded(IReadOnlyList<Passage> passages, Passage best, string question, bool json) =>
        Documents(passages).Append($"Most relevant:\n{best.Text}\n\n{(json ? AskShortJson : AskShortText)}\nQuestion: {question}\nAnswer:").ToString();

    static StringBuilder Documents(IReadOnlyList<Passage> passages)
    {
        StringBuilder text = new();
        for (int i = 0; i < passages.Count; i++)
            text.Append($"[DOC {i + 1}]\n{passages[i].Text}\n\n");
        return text;
    }
}
