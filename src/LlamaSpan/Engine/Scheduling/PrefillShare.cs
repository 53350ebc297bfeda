namespace LlamaSpan;

/// <summary>How a step's room is divided between prompts: the one whose turn it is gets at least half, the others equal parts of the rest.</summary>
internal static class PrefillShare
{
    /// <summary>Less than this is not worth its place in a batch.</summary>
    private const int Least = 32;

    /// <param name="room">Tokens left in the step.</param>
    /// <param name="remaining">Tokens that this prompt has left.</param>
    /// <param name="position">Its place among the prompts, 0 for the first.</param>
    /// <param name="behind">How many prompts stand behind it.</param>
    internal static int Of(int room, int remaining, int position, int behind)
    {
        int share = behind == 0 ? room : position == 0 ? (room + 1) / 2 : room / (behind + 1);
        return Math.Min(Math.Min(remaining, room), Math.Max(share, Least));
    }
}
