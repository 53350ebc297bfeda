namespace LlamaSpan;

/// <summary>
/// A schema as a boolean expression over assertions. Nodes are unique within their <see cref="ExprPool"/>: equal means same reference. An
/// assertion about one type of value holds for values of the other types.
/// </summary>
internal abstract class Expr
{
    /// <summary>Number of the node within its pool.</summary>
    public int Id { get; set; }

    public sealed class Constant(bool value) : Expr
    {
        public bool Value => value;
    }

    public sealed class All(Expr[] parts) : Expr
    {
        public Expr[] Parts => parts;
    }

    public sealed class Any(Expr[] parts) : Expr
    {
        public Expr[] Parts => parts;
    }

    public sealed class ExactlyOne(Expr[] parts) : Expr
    {
        public Expr[] Parts => parts;
    }

    public sealed class Not(Expr inner) : Expr
    {
        public Expr Inner => inner;
    }

    /// <summary>A schema elsewhere in the document that was not fully read yet when this was made.</summary>
    public sealed class Reference(SchemaSlot slot) : Expr
    {
        public SchemaSlot Slot => slot;
    }

    /// <summary>The value is of one of these types; about every type.</summary>
    public sealed class Type(JsonTypes types) : Expr
    {
        public JsonTypes Types => types;
    }

    /// <summary>A string is in the language.</summary>
    public sealed class Text(StringLanguage language) : Expr
    {
        public StringLanguage Language => language;
    }

    /// <summary>A string comes from the texts of a name.</summary>
    public sealed class Grounded(string source) : Expr
    {
        public string Source => source;
    }

    /// <summary>A number is in the language.</summary>
    public sealed class Number(NumberLanguage language) : Expr
    {
        public NumberLanguage Language => language;
    }

    /// <summary>Each property of an object whose name is in the class has a value that satisfies the schema.</summary>
    public sealed class Keys(KeyClass keys, Expr schema) : Expr
    {
        public KeyClass Class => keys;

        public Expr Schema => schema;

        /// <summary>The one name the class consists of, or null.</summary>
        public string? Name => (keys as KeyClass.Name)?.Key;
    }

    /// <summary>An object has at least so many properties.</summary>
    public sealed class Size(int min) : Expr
    {
        public int Min => min;
    }

    /// <summary>The items of an array from one index to before another (-1: to the end) satisfy the schema.</summary>
    public sealed class Items(int from, int to, Expr schema) : Expr
    {
        public int From => from;

        public int To => to;

        public Expr Schema => schema;

        public bool Covers(int index) => index >= from && (to < 0 || index < to);
    }

    /// <summary>An array has at least so many items.</summary>
    public sealed class Length(int min) : Expr
    {
        public int Min => min;
    }

    /// <summary>At least so many items of an array satisfy the schema.</summary>
    public sealed class Contains(Expr schema, int min) : Expr
    {
        public Expr Schema => schema;

        public int Min => min;
    }

    /// <summary>No two items of an array are equal.</summary>
    public sealed class Unique : Expr;
}

/// <summary>The target of a reference: its schema once read.</summary>
internal sealed class SchemaSlot
{
    public Expr? Target { get; set; }
}
