namespace LlamaSpan;

/// <summary>
/// All parts of a text that grows token by token, in space and time proportional to its length (Blumer et al., "The smallest automaton
/// recognizing the subwords of a text", 1985). Knows at each time the longest end of the text that stood in it before.
/// </summary>
internal sealed class TokenAutomaton
{
    private readonly List<LlamaToken> _text = [];
    private readonly Dictionary<(int State, int Token), int> _next = [];
    private readonly List<State> _states = [new State(0, -1, 0, -1)];
    private readonly List<(int Token, int Next)> _edges = [];      // each state's tokens, linked, to copy a state by
    private int _last;

    /// <param name="Length">Tokens of the longest text that leads here.</param>
    /// <param name="Link">The state of its longest end that leads elsewhere.</param>
    /// <param name="FirstEnd">Where that text ended first.</param>
    /// <param name="Edges">The first of its edges, -1 for none.</param>
    private readonly record struct State(int Length, int Link, int FirstEnd, int Edges);

    /// <summary>The text.</summary>
    internal IReadOnlyList<LlamaToken> Text => _text;

    /// <summary>Appends a token.</summary>
    internal void Append(LlamaToken token)
    {
        _text.Add(token);
        int end = _text.Count;
        int added = Add(new State(_states[_last].Length + 1, 0, end, -1));
        int state = _last;
        for (; state >= 0 && !_next.ContainsKey((state, token)); state = _states[state].Link)
            Connect(state, token, added);
        if (state >= 0)
            Link(added, Split(state, token));
        _last = added;
    }

    /// <summary>The longest end of the text that stood in it before.</summary>
    /// <returns>Its length, and where it ended first; 0 and 0 if there is none.</returns>
    internal (int Length, int End) LongestRepeat()
    {
        if (_last == 0)
            return (0, 0);
        State repeated = _states[_states[_last].Link];
        return (repeated.Length, repeated.FirstEnd);
    }

    /// <summary>The state that a token leads to, made the longest of its own if longer texts lead there too.</summary>
    private int Split(int state, LlamaToken token)
    {
        int target = _next[(state, token)];
        if (_states[target].Length == _states[state].Length + 1)
            return target;
        int copy = Add(_states[target] with { Length = _states[state].Length + 1, Edges = -1 });
        for (int edge = _states[target].Edges; edge >= 0; edge = _edges[edge].Next)
            Connect(copy, (LlamaToken)_edges[edge].Token, _next[(target, _edges[edge].Token)]);
        for (; state >= 0 && _next.TryGetValue((state, token), out int to) && to == target; state = _states[state].Link)
            _next[(state, token)] = copy;
        Link(target, copy);
        return copy;
    }

    private int Add(State state)
    {
        _states.Add(state);
        return _states.Count - 1;
    }

    private void Connect(int state, LlamaToken token, int to)
    {
        _next.Add((state, token), to);
        _edges.Add((token, _states[state].Edges));
        _states[state] = _states[state] with { Edges = _edges.Count - 1 };
    }

    private void Link(int state, int to) => _states[state] = _states[state] with { Link = to };
}
