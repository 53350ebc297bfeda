using System.Buffers;

namespace LlamaSpan;

/// <summary>A constraint that knows text which may be appended without asking the model.</summary>
public interface ITextConstraint : ITokenConstraint
{
    /// <summary>True if the text so far is complete and nothing but an end-of-generation token may follow.</summary>
    bool MustEnd { get; }

    /// <summary>
    /// Writes the bytes that must come next whatever the model chooses, possibly none; ends where there is a choice, or where the text may end.
    /// </summary>
    /// <param name="output">Takes the bytes: UTF-8, possibly ending within a character.</param>
    /// <returns>Number of bytes written.</returns>
    int ForcedBytes(IBufferWriter<byte> output);

    /// <summary>Whether some token is longer than these bytes and begins with them.</summary>
    bool IsLongerToken(ReadOnlySpan<byte> bytes);

    /// <summary>Writes tokens that bring the text to an end in a short way, none if it is complete.</summary>
    /// <param name="output">Takes the tokens; without the end-of-generation token.</param>
    /// <returns>Number of tokens, or -1 if no end was found in the time a step may take.</returns>
    int ClosingTokens(IBufferWriter<LlamaToken> output);
}
