using System.Buffers;
using System.Text;

namespace LlamaSpan;

/// <summary>Writes what a tape says as JSON, without asking any grammar.</summary>
internal sealed class NearJsonWriter(NearJsonTape tape, int maxDepth)
{
    private readonly ArrayBufferWriter<byte> _to = new();
    private readonly List<(int End, bool IsArray, Dictionary<string, int>? Last)> _open = [];

    /// <summary>The JSON text of a value, ", " and ": " between its parts.</summary>
    public byte[] Write(int root)
    {
        int node = root;
        bool first = true;
        int end = tape[root].End;
        while (node < end || _open.Count > 0)
        {
            if (_open.Count > 0 && node >= _open[^1].End)
            {
                _to.Write(_open[^1].IsArray ? "]"u8 : "}"u8);
                _open.RemoveAt(_open.Count - 1);
                first = false;
                continue;
            }
            int value = node;
            if (tape[node].Kind == NearJsonKind.Name)
            {
                value = node + 1;
                if (value < end && IsLeftOut(node, value))
                {
                    node = tape[value].End;
                    continue;
                }
            }
            else if (IsTooDeep(value))
            {
                node = tape[value].End;
                continue;
            }
            if (_open.Count > 0 && !first)
                _to.Write(", "u8);
            if (value != node)
            {
                NearJsonText.WriteString(tape.TextOf(node), _to);
                _to.Write(": "u8);
            }
            first = WriteValue(value);
            node = first ? value + 1 : tape[value].End;
        }
        return _to.WrittenSpan.ToArray();
    }

    /// <summary>Writes a scalar, or opens a container.</summary>
    /// <returns>Whether a container was opened.</returns>
    private bool WriteValue(int node)
    {
        switch (tape[node].Kind)
        {
            case NearJsonKind.Object:
                _to.Write("{"u8);
                _open.Add((tape[node].End, false, LastOfEach(node)));
                return true;
            case NearJsonKind.Array:
                _to.Write("["u8);
                _open.Add((tape[node].End, true, null));
                return true;
            case NearJsonKind.String:
                NearJsonText.WriteString(tape.TextOf(node), _to);
                return false;
            case NearJsonKind.Number:
                NearJsonNumber.Write(tape.TextOf(node), _to);
                return false;
            default:
                _to.Write(tape[node].Kind switch { NearJsonKind.True => "true"u8, NearJsonKind.False => "false"u8, _ => "null"u8 });
                return false;
        }
    }

    private bool IsTooDeep(int node)
    {
        if (_open.Count < maxDepth || tape[node].Kind is not (NearJsonKind.Object or NearJsonKind.Array))
            return false;
        tape.Changes |= NearJsonChanges.Depth;
        return true;
    }

    private bool IsLeftOut(int name, int value)
    {
        if (IsTooDeep(value))
            return true;
        Dictionary<string, int>? last = _open[^1].Last;
        if (last is null || last[Encoding.UTF8.GetString(tape.TextOf(name))] == name)
            return false;
        tape.Changes |= NearJsonChanges.Duplicates;
        return true;
    }

    /// <summary>The last member of each name; null where no name can come twice.</summary>
    private Dictionary<string, int>? LastOfEach(int node)
    {
        int end = tape[node].End;
        int second = node + 1 < end ? tape[node + 2].End : end;
        if (second >= end)
            return null;
        Dictionary<string, int> last = new(StringComparer.Ordinal);
        for (int name = node + 1; name < end; name = tape[name + 1].End)
            last[Encoding.UTF8.GetString(tape.TextOf(name))] = name;
        return last;
    }
}
