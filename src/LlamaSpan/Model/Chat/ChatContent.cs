namespace LlamaSpan;

/// <summary>One of the contents of a message.</summary>
/// <param name="Kind">What it is; all but text is refused when a prompt is made (<see cref="ChatTemplateFailure.UnsupportedContent"/>).</param>
/// <param name="Text">The text; of other kinds a name for error messages.</param>
public readonly record struct ChatContent(ChatContentKind Kind, string Text)
{
    /// <summary>A text.</summary>
    public static implicit operator ChatContent(string text) => new(ChatContentKind.Text, text);
}
