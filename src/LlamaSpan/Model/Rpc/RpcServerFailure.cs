namespace LlamaSpan;

/// <summary>Why an RPC server is not used.</summary>
public enum RpcServerFailure
{
    /// <summary>The host's name has no IPv4 address.</summary>
    UnknownHost,

    /// <summary>Nothing accepts connections there.</summary>
    Unreachable,

    /// <summary>It did not greet in time: it is busy with another client, or no RPC server.</summary>
    TimedOut,

    /// <summary>It answered something else than an RPC server does, or closed the connection.</summary>
    WrongAnswer,

    /// <summary>It speaks another version of the protocol.</summary>
    WrongVersion,

    /// <summary>It has no devices.</summary>
    NoDevices,
}
