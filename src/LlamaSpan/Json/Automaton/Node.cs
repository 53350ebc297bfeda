namespace LlamaSpan;

/// <summary>What a reading head is within; immutable and shared, with memoised answers.</summary>
internal abstract class Node;

/// <summary>After the whole value.</summary>
internal sealed class EndNode : Node
{
    public static EndNode Instance { get; } = new();
}

/// <summary>Within true, false or null; the head's A is the number of characters read.</summary>
internal sealed class LiteralNode(string text) : Node
{
    public static LiteralNode True { get; } = new("true");

    public static LiteralNode False { get; } = new("false");

    public static LiteralNode Null { get; } = new("null");

    public string Text => text;
}

/// <summary>Within a number; A is the machine's state, B the count of digits.</summary>
internal sealed class NumberNode(NumberMachine machine) : Node
{
    public NumberMachine Machine => machine;
}

/// <summary>Within a string, or a plain text to its end; A is the lexer's state, B the count of characters.</summary>
internal sealed class StringNode(StringMachine machine) : Node
{
    public static StringNode Any { get; } = new(StringMachine.Any);

    public StringMachine Machine => machine;

    public bool IsRaw => machine.Lexer.Spelling == TextSpelling.Raw;
}

/// <summary>Within a property's name; A is the node in the trie of names or -1, B the state for other names or -1, C its count of characters, D where the name began.</summary>
internal sealed class KeyNode(ObjectState owner) : Node
{
    public ObjectState Owner => owner;
}

/// <summary>After a property's name: what its value may be and what that makes of the object. A is 1 once the colon is read.</summary>
internal sealed class PropertyNode(Fork[] forks) : Node
{
    public Fork[] Forks => forks;
}

/// <summary>One way to go on: the schema of the next value, and the state of the object or array after it.</summary>
internal readonly record struct Fork(ValueNode Value, int ValueHeight, Node Next, int NextHeight);
