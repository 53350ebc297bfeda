using System.Text;

namespace LlamaSpan;

/// <content>Objects and arrays.</content>
internal sealed partial class NearJsonFitter
{
    private bool WriteArray(int node)
    {
        if (!_cursor.TryWrite("["u8))
            return false;
        bool first = true;
        for (int item = node + 1; item < _near[node].End; item = _near[item].End)
        {
            TextCursor.Place before = _cursor.Here;
            int holes = _holes.Count;
            if ((first || _cursor.TryWrite(Comma)) && WriteValue(item, mayWrap: true))
                first = false;
            else
            {
                Return(before, holes);
                Note(NearJsonChanges.Dropped);
            }
        }
        return CloseArray(first);
    }

    private bool CloseArray(bool first)
    {
        if (_cursor.TryWrite("]"u8))
            return true;
        foreach (Node node in _cursor.Nodes.ToArray())
            if (node is ArrayState state && ShortTexts.Items(state, first, []) is { } rest && _cursor.TryWrite(rest))
                return Note(NearJsonChanges.Filled);
        return false;
    }

    private bool WriteObject(int node)
    {
        if (!_cursor.TryWrite("{"u8))
            return false;
        bool first = true;
        foreach ((string name, int value) in Members(node))
        {
            TextCursor.Place before = _cursor.Here;
            int holes = _holes.Count;
            if (WriteMember(name, value, first))
                first = false;
            else
            {
                Return(before, holes);
                Note(NearJsonChanges.Dropped);
            }
        }
        return CloseObject(first);
    }

    /// <summary>An object's members, the last of each name, as names that the grammar knows and in the order it asks for.</summary>
    private List<(string Name, int Value)> Members(int node)
    {
        var members = new List<(string Name, int Value)>();
        for (int name = node + 1; name < _near[node].End; name = _near[name + 1].End)
        {
            string text = Encoding.UTF8.GetString(_near.TextOf(name));
            if (members.RemoveAll(m => m.Name == text) > 0)
                Note(NearJsonChanges.Duplicates);
            members.Add((text, name + 1));
        }
        ObjectShape[] shapes = [.. _cursor.Nodes.OfType<ObjectState>().Select(state => state.Shape).Distinct()];
        for (int m = 0; m < members.Count; m++)
            if (Renamed(members[m].Name, shapes) is { } listed && !members.Exists(other => other.Name == listed))
            {
                members[m] = (listed, members[m].Value);
                Note(NearJsonChanges.Renamed);
            }
        return shapes is [{ InOrder: true } shape]
            ? [.. members.OrderBy(m => Array.IndexOf(shape.Names, m.Name) is >= 0 and int k ? shape.Ranks[k] : int.MaxValue)]
            : members;
    }

    /// <summary>The listed name that differs from a name in case, underscores and the like only; null if the name is itself listed or none does.</summary>
    private static string? Renamed(string name, ObjectShape[] shapes)
    {
        if (shapes.Any(shape => Array.IndexOf(shape.Names, name) >= 0))
            return null;
        string plain = Plain(name);
        return shapes.SelectMany(shape => shape.Names).FirstOrDefault(listed => Plain(listed) == plain);
    }

    private bool WriteMember(string name, int value, bool first)
    {
        bool required = _cursor.Nodes.OfType<ObjectState>().Any(state => IsRequired(state.Shape, name));
        return WriteName(name, first) && (WriteValue(value, mayWrap: true) || (required && WriteHole()));
    }

    private static bool IsRequired(ObjectShape shape, string name) =>
        Array.IndexOf(shape.Names, name) is >= 0 and int k && (shape.Required[k / 64] >> (k % 64) & 1) != 0;

    private bool WriteName(string name, bool first) =>
        (first || _cursor.TryWrite(Comma)) && _cursor.TryWrite(Quoted(Encoding.UTF8.GetBytes(name))) && _cursor.TryWrite(Colon);

    /// <summary>Fills in what an object must have and does not, and closes it.</summary>
    private bool CloseObject(bool first)
    {
        while (!_cursor.TryWrite("}"u8))
        {
            TextCursor.Place before = _cursor.Here;
            if (NextRequired() is { } name && WriteName(name, first) && WriteHole())
            {
                first = false;
                continue;
            }
            _cursor.Return(before);
            foreach (Node node in _cursor.Nodes.ToArray())
                for (int offset = 0; offset < 4; offset++)
                    if (node is ObjectState state && ShortTexts.Members(state, offset) is { } rest && (first || _cursor.TryWrite(Comma)))
                    {
                        if (_cursor.TryWrite(rest))
                            return Note(NearJsonChanges.Filled);
                        _cursor.Return(before);
                    }
            return false;
        }
        return true;
    }

    /// <summary>The first name that every reading still requires.</summary>
    private string? NextRequired()
    {
        foreach (ObjectState state in _cursor.Nodes.OfType<ObjectState>())
        {
            ObjectShape shape = state.Shape;
            int next = -1;
            for (int k = 0; k < shape.Names.Length; k++)
                if (((shape.Required[k / 64] & ~state.Seen[k / 64]) >> (k % 64) & 1) != 0 && (next < 0 || shape.Ranks[k] < shape.Ranks[next]))
                    next = k;
            if (next >= 0)
                return shape.Names[next];
        }
        return null;
    }
}
