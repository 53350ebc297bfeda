namespace LlamaSpan;

/// <summary>Recognises the names of properties that no schema lists, and tells which region of its shape each lies in.</summary>
/// <param name="machine">Reads the names; where there are several regions its automaton's labels tell them apart.</param>
/// <param name="regions">The shape's regions that the names lie in, by label.</param>
internal sealed class ExtraNames(StringMachine machine, int[] regions)
{
    public StringMachine Machine => machine;

    /// <summary>The region of a name that ends in an accepting state.</summary>
    public int RegionAt(int state) =>
        regions.Length == 1 ? regions[0] : regions[machine.Lexer.Dfa.Labels[machine.Lexer.CharState(state)] - 1];

    /// <summary>The region of a name, from a state within it on to its end.</summary>
    public int RegionAfter(int state, int count, ReadOnlySpan<byte> rest)
    {
        foreach (byte b in rest)
            machine.Step(ref state, ref count, b);
        return RegionAt(state);
    }
}
