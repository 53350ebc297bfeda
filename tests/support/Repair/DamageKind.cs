namespace LlamaSpan.TestSupport.Repair;

/// <summary>The ways in which a JSON text is damaged, one at a time; the first seven are those the pocket model was trained on.</summary>
public enum DamageKind
{
    SingleQuotes,
    ClosingBracesStripped,
    TrailingComma,
    MissingComma,
    ProseBefore,
    PythonLiterals,
    MissingColon,
    Fence,
    ProseAfter,
    Comment,
    UnquotedKey,
    SmartQuotes,
    MissingClosers,
}
