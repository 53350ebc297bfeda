namespace LlamaSpan;

/// <summary>
/// The numbers from 0 to before a count in sets that are split further and further: some numbers are marked, then each set is split into those
/// marked and the others, the smaller part becoming a set of its own. In time linear in the marks.
/// </summary>
internal sealed class Partition
{
    private readonly int[] _elements;  // set by set
    private readonly int[] _place;     // of each number in _elements
    private readonly int[] _set;       // of each number
    private readonly int[] _first;     // of each set in _elements
    private readonly int[] _end;
    private readonly int[] _marked;    // how many of each set are
    private readonly Stack<int> _touched = new();

    /// <param name="keys">Numbers with equal keys begin in the same set.</param>
    public Partition(ReadOnlySpan<int> keys)
    {
        (_elements, _place, _set) = (new int[keys.Length], new int[keys.Length], new int[keys.Length]);
        (_first, _end, _marked) = (new int[keys.Length], new int[keys.Length], new int[keys.Length]);
        for (int n = 0; n < keys.Length; n++)
            _elements[n] = n;
        keys.ToArray().AsSpan().Sort(_elements.AsSpan());
        for (int i = 0; i < keys.Length; i++)
        {
            int n = _elements[i];
            if (i == 0 || keys[n] != keys[_elements[i - 1]])
                _first[Count++] = i;
            (_place[n], _set[n], _end[Count - 1]) = (i, Count - 1, i + 1);
        }
    }

    /// <summary>Number of sets.</summary>
    public int Count { get; private set; }

    public int SetOf(int number) => _set[number];

    /// <summary>The members of a set, valid until the next call.</summary>
    public ReadOnlySpan<int> Members(int set) => _elements.AsSpan(_first[set].._end[set]);

    /// <summary>Marks a number, at most once before the next <see cref="Split"/>.</summary>
    public void Mark(int number)
    {
        int set = _set[number], from = _place[number], to = _first[set] + _marked[set];
        int other = _elements[to];
        (_elements[from], _place[other]) = (other, from);
        (_elements[to], _place[number]) = (number, to);
        if (_marked[set]++ == 0)
            _touched.Push(set);
    }

    /// <summary>Splits the sets of which some numbers but not all are marked, and clears the marks.</summary>
    public void Split()
    {
        while (_touched.TryPop(out int set))
        {
            int middle = _first[set] + _marked[set];
            _marked[set] = 0;
            if (middle == _end[set])
                continue;
            int made = Count++;
            if (middle - _first[set] <= _end[set] - middle)
                (_first[made], _end[made], _first[set]) = (_first[set], middle, middle);
            else
                (_first[made], _end[made], _end[set]) = (middle, _end[set], middle);
            foreach (int number in Members(made))
                _set[number] = made;
        }
    }
}
