using System.Text;

namespace LlamaSpan;

/// <summary>
/// Finds the first of several stop strings in a stream of UTF-8 (Aho and Corasick, 1975). Text that may be the beginning of a stop string
/// is held back until that is decided.
/// </summary>
internal sealed class StopStringMatcher
{
    private readonly int[] _next;        // 256 a state
    private readonly int[] _depth;       // length of the prefix that a state stands for
    private readonly int[] _match;       // length of the longest stop string that ends in a state, 0 if none
    private byte[] _held = new byte[256];
    private int _given;                  // bytes in front of _held that the last call gave out
    private int _length;                 // bytes in _held behind them
    private int _state;

    internal StopStringMatcher(IReadOnlyList<string> stops)
    {
        List<int[]> nodes = [NewNode()];
        List<int> depth = [0], match = [0];
        foreach (string stop in stops)
        {
            int state = 0;
            foreach (byte b in Encoding.UTF8.GetBytes(stop))
            {
                if (nodes[state][b] < 0)
                {
                    nodes[state][b] = nodes.Count;
                    nodes.Add(NewNode());
                    depth.Add(depth[state] + 1);
                    match.Add(0);
                }
                state = nodes[state][b];
            }
            match[state] = depth[state];
        }
        (_depth, _match) = (depth.ToArray(), match.ToArray());
        _next = Link(nodes);
    }

    /// <summary>True once a stop string came up.</summary>
    internal bool Found { get; private set; }

    /// <summary>Appends text.</summary>
    /// <returns>What can be given out now; valid until the next call.</returns>
    internal ReadOnlySpan<byte> Append(ReadOnlySpan<byte> text)
    {
        if (_next.Length == 256)      // no stop string: nothing to hold
            return text;
        _held.AsSpan(_given, _length).CopyTo(_held);
        if (_length + text.Length > _held.Length)
            Array.Resize(ref _held, Math.Max(_length + text.Length, _held.Length * 2));
        text.CopyTo(_held.AsSpan(_length));
        for (int i = 0; i < text.Length; i++)
        {
            _state = _next[(_state << 8) | text[i]];
            if (_match[_state] == 0)
                continue;
            Found = true;
            return Give(_length + i + 1 - _match[_state], 0);
        }
        int all = _length + text.Length;
        return Give(all - _depth[_state], _depth[_state]);
    }

    /// <summary>Gives what is still held, at the end of the text.</summary>
    internal ReadOnlySpan<byte> Finish()
    {
        _held.AsSpan(_given, _length).CopyTo(_held);
        return Give(_length, 0);
    }

    internal void Reset() => (_given, _length, _state, Found) = (0, 0, 0, false);

    private ReadOnlySpan<byte> Give(int count, int hold)
    {
        (_given, _length) = (count, hold);
        return _held.AsSpan(0, count);
    }

    private static int[] NewNode()
    {
        int[] node = new int[256];
        Array.Fill(node, -1);
        return node;
    }

    /// <summary>Fills in where a state goes when its prefix does not continue: to the longest suffix that does.</summary>
    private int[] Link(List<int[]> nodes)
    {
        int[] next = new int[nodes.Count * 256];
        int[] suffix = new int[nodes.Count];
        Queue<int> queue = new([0]);
        while (queue.TryDequeue(out int state))
        {
            _match[state] = Math.Max(_match[state], _match[suffix[state]]);
            for (int b = 0; b < 256; b++)
            {
                int child = nodes[state][b];
                int elsewhere = state == 0 ? 0 : next[(suffix[state] << 8) | b];
                next[(state << 8) | b] = child < 0 ? elsewhere : child;
                if (child < 0)
                    continue;
                suffix[child] = elsewhere;
                queue.Enqueue(child);
            }
        }
        return next;
    }
}
