namespace LlamaSpan;

/// <summary>Why a prompt could not be made.</summary>
public enum ChatTemplateFailure
{
    /// <summary>The template is not in the language of templates, too long or nested too deeply.</summary>
    Template,

    /// <summary>The template failed on these messages, or refused them.</summary>
    Rendering,

    /// <summary>Messages or options are not what they must be.</summary>
    Request,

    /// <summary>A message has a picture, sound or a file; only text is supported.</summary>
    UnsupportedContent,

    /// <summary>A bound was reached: size, time, memory or nesting. Templates are programs and may not run as they like.</summary>
    Limit,
}
