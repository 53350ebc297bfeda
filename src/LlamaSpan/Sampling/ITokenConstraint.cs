namespace LlamaSpan;

/// <summary>
/// Decides which tokens may come next. One instance belongs to one sequence and is used by one thread at a time.
/// </summary>
public interface ITokenConstraint
{
    /// <summary>Number of tokens the constraint decides about: the vocabulary's size.</summary>
    int VocabularySize { get; }

    /// <summary>True if the text so far is complete, so that an end-of-generation token is allowed.</summary>
    bool IsComplete { get; }

    /// <summary>Whether one token may come next; cheaper than <see cref="AllowedMask"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The token is not in the vocabulary.</exception>
    bool IsAllowed(LlamaToken token);

    /// <summary>
    /// The tokens that may come next: bit <c>id % 64</c> of word <c>id / 64</c>, so ceil(VocabularySize / 64) words; the bits past the
    /// last token are 0. The span may be shared with other sequences, is read-only, and is valid until the next call on this instance.
    /// </summary>
    ReadOnlySpan<ulong> AllowedMask();

    /// <summary>Appends a token.</summary>
    /// <exception cref="ArgumentException">The token is not allowed; the state is unchanged.</exception>
    void Accept(LlamaToken token);

    /// <summary>Takes back the last tokens; the masks are then bit-equal to what they were before those were accepted.</summary>
    /// <param name="tokens">How many, 0 to the number accepted so far.</param>
    /// <exception cref="ArgumentOutOfRangeException">More tokens than were accepted.</exception>
    void Rollback(int tokens);
}
