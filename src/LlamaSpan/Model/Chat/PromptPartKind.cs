namespace LlamaSpan;

/// <summary>Who brought a stretch of a prompt.</summary>
public enum PromptPartKind
{
    /// <summary>The template: its special tokens count.</summary>
    Template,

    /// <summary>A message, a tool or an argument: plain text, whatever it spells.</summary>
    Input,
}
