using System.Globalization;

namespace LlamaSpan;

/// <summary>Where an RPC server listens: what llama.cpp takes, which splits at the first colon and knows IPv4 only.</summary>
/// <param name="Host">A name or an IPv4 address.</param>
/// <param name="Port">1 to 65535.</param>
internal readonly record struct RpcEndpoint(string Host, int Port)
{
    /// <summary>Reads host:port.</summary>
    /// <exception cref="ArgumentException">It is something else.</exception>
    public static RpcEndpoint Parse(string endpoint)
    {
        int colon = endpoint.IndexOf(':', StringComparison.Ordinal);
        string host = colon > 0 ? endpoint[..colon] : "";
        bool isPort = int.TryParse(endpoint.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int port);
        bool isHost = host.Length > 0 && host.AsSpan().IndexOfAny(" \t\r\n\0/[]") < 0;
        if (!isHost || !isPort || port is 0 or > 65535)
        {
            throw new ArgumentException(
                $"ModelOptions.RpcServers: '{endpoint}' is not host:port with a name or IPv4 address and a port from 1 to 65535.", nameof(endpoint));
        }
        return new RpcEndpoint(host, port);
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Host}:{Port}");
}
