namespace LlamaSpan;

/// <summary>An RPC server of <see cref="ModelOptions.RpcServers"/> cannot be used.</summary>
public sealed class RpcServerException : LlamaException
{
    /// <summary>Makes an exception that names the server and says what is wrong with it.</summary>
    /// <param name="reason">The kind of failure.</param>
    /// <param name="endpoint">The server, host:port.</param>
    /// <param name="message">What is wrong with it.</param>
    /// <param name="inner">What caused it, if anything.</param>
    public RpcServerException(RpcServerFailure reason, string endpoint, string message, Exception? inner = null)
        : base($"RPC server {endpoint}: {message}", null, inner) =>
        (Reason, Endpoint) = (reason, endpoint);

    /// <summary>The kind of failure.</summary>
    public RpcServerFailure Reason { get; }

    /// <summary>The server, host:port.</summary>
    public string Endpoint { get; }
}
