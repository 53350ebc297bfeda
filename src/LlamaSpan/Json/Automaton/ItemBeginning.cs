using System.Text.Json;

namespace LlamaSpan;

/// <summary>
/// Compares what has come of an object or array, or of a scalar, with a whole value: whether it may still become that. Scalars and names are spelled
/// in one way.
/// </summary>
internal ref struct ItemBeginning
{
    private static readonly JsonReaderOptions s_deep = new() { MaxDepth = 1001 };

    private readonly ReadOnlySpan<byte> _text;
    private readonly ReadOnlySpan<Node> _around;
    private ReadOnlySpan<byte> _whole;
    private Utf8JsonReader _begun;
    private Range _place; // in the whole value where the beginning ends: the token of the value it is before or within, or of the object or array around
    private JsonTokenType _type;
    private bool _isBetween;
    private int _members; // of that object, so far
    private int _level; // of those around, from the innermost on

    /// <param name="begun">What has come.</param>
    /// <param name="around">The objects and arrays that it ends in, the innermost first, as they will be after the value that is read.</param>
    public ItemBeginning(ReadOnlySpan<byte> begun, ReadOnlySpan<Node> around)
    {
        _text = begun;
        _around = around;
    }

    /// <summary>Whether a value goes on as what has come; what follows is about that value.</summary>
    public bool Begins(ReadOnlySpan<byte> whole)
    {
        _whole = whole;
        (_level, HasFittingMembers) = (0, true);
        _begun = new Utf8JsonReader(_text, isFinalBlock: false, new JsonReaderState(s_deep));
        var reader = new Utf8JsonReader(whole, s_deep);
        reader.Read();
        return Compare(ref reader) is null;
    }

    /// <summary>Whether the objects around the beginning may still get the members that the value has there.</summary>
    public bool HasFittingMembers { get; private set; }

    /// <summary>Whether the beginning stands before an item that the whole array does not have.</summary>
    public readonly bool IsAtEnd => _isBetween && _type == JsonTokenType.EndArray;

    /// <summary>Whether the object that the beginning ends in has more members than came.</summary>
    public readonly bool HasMoreMembers
    {
        get
        {
            Utf8JsonReader reader = AtPlace();
            for (int left = _isBetween ? _members : int.MaxValue; reader.Read() && reader.TokenType != JsonTokenType.EndObject; left--)
            {
                if (left == 0)
                    return true;
                reader.Skip();
            }
            return false;
        }
    }

    /// <summary>Whether that object has a member of a name.</summary>
    public readonly bool HasMember(ReadOnlySpan<byte> name)
    {
        Utf8JsonReader reader = AtPlace();
        return _isBetween && IsFound(ref reader, name);
    }

    /// <summary>Finds where in the whole value the scalar that was begun goes on; false if that is no scalar, or begins otherwise.</summary>
    public readonly bool TryFollow(out int from, out int to)
    {
        (from, to) = (0, 0);
        if (_isBetween || _type is JsonTokenType.StartObject or JsonTokenType.StartArray)
            return false;
        ReadOnlySpan<byte> begun = _text[(int)_begun.BytesConsumed..].TrimStart(", \n\r\t"u8);
        (from, to) = (_place.Start.Value + begun.Length, _place.End.Value);
        return from <= to && _whole[..from].EndsWith(begun);
    }

    private readonly Utf8JsonReader AtPlace()
    {
        var reader = new Utf8JsonReader(_whole[_place.Start.Value..], s_deep);
        reader.Read();
        return reader;
    }

    /// <summary>Compares from a value on; null if the beginning ends within it.</summary>
    private bool? Compare(scoped ref Utf8JsonReader whole)
    {
        if (!_begun.Read())
            return EndsAt(whole, false);
        if (_begun.TokenType != whole.TokenType)
            return false;
        return whole.TokenType switch
        {
            JsonTokenType.StartObject or JsonTokenType.StartArray => CompareInside(ref whole),
            JsonTokenType.String or JsonTokenType.Number => _begun.ValueSpan.SequenceEqual(whole.ValueSpan),
            _ => true,
        };
    }

    private bool? CompareInside(scoped ref Utf8JsonReader whole)
    {
        Utf8JsonReader start = whole;
        bool? result = whole.TokenType == JsonTokenType.StartObject ? CompareMembers(ref whole) : CompareItems(ref whole);
        if (result is null && _around[_level++] is ObjectState state)
            HasFittingMembers &= MayHaveMembers(start, state);
        return result;
    }

    /// <summary>Whether an object may still get the members that the whole one has, and is not to get others.</summary>
    private static bool MayHaveMembers(Utf8JsonReader whole, ObjectState state)
    {
        ObjectShape shape = state.Shape;
        int required = state.CountMissing();
        while (whole.Read() && whole.TokenType != JsonTokenType.EndObject)
        {
            int name = shape.Trie.Find(whole.ValueSpan);
            if (name < 0 ? shape.Regions.IsEmpty : !state.HasSeen(name) && !state.MayAdd(name))
                return false;
            required -= name >= 0 && !state.HasSeen(name) && shape.IsRequired(name) ? 1 : 0;
            whole.Skip();
        }
        return required == 0;
    }

    private bool? CompareMembers(scoped ref Utf8JsonReader whole)
    {
        for (int members = 0; ; members++)
        {
            if (!_begun.Read())
            {
                _members = members;
                return EndsAt(whole, true);
            }
            Utf8JsonReader other = whole;
            if (_begun.TokenType == JsonTokenType.EndObject)
            {
                while (whole.Read() && whole.TokenType != JsonTokenType.EndObject)
                {
                    whole.Skip();
                    members--;
                }
                return members == 0;
            }
            if (!IsFound(ref other, _begun.ValueSpan))
                return false;
            other.Read();
            if (Compare(ref other) is not true and var result)
                return result;
        }
    }

    private bool? CompareItems(scoped ref Utf8JsonReader whole)
    {
        while (whole.Read() && whole.TokenType != JsonTokenType.EndArray)
            if (Compare(ref whole) is not true and var result)
                return result;
        return !_begun.Read() ? EndsAt(whole, true) : _begun.TokenType == JsonTokenType.EndArray;
    }

    private bool? EndsAt(scoped in Utf8JsonReader place, bool isBetween)
    {
        (_place, _type, _isBetween) = ((int)place.TokenStartIndex..(int)place.BytesConsumed, place.TokenType, isBetween);
        return null;
    }

    /// <summary>Goes to the member of a name, from the beginning of an object.</summary>
    private static bool IsFound(ref Utf8JsonReader reader, ReadOnlySpan<byte> name)
    {
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            if (reader.ValueSpan.SequenceEqual(name))
                return true;
            reader.Skip();
        }
        return false;
    }
}
