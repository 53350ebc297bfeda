using System.Text;
using LlamaSpan.Native;

namespace LlamaSpan;

/// <summary>
/// The RPC servers that a model uses, until it is freed. llama.cpp keeps one connection a server and process, as long as something uses
/// it, and a server serves one connection at a time: a server that this process uses already is not greeted again.
/// </summary>
internal sealed unsafe class RpcConnections : IDisposable
{
    private static readonly Dictionary<RpcEndpoint, int> s_users = [];
    private static readonly Lock s_gate = new();

    private readonly List<RpcEndpoint> _endpoints = [];
    private readonly List<nint> _devices = [];

    private RpcConnections()
    {
    }

    /// <summary>The servers' devices, <c>ggml_backend_dev_t</c>, in the servers' order.</summary>
    public IReadOnlyList<nint> Devices => _devices;

    /// <summary>Greets servers and has llama.cpp connect to them.</summary>
    /// <exception cref="ArgumentException">An endpoint is malformed, or there twice.</exception>
    /// <exception cref="RpcServerException">A server cannot be used.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static RpcConnections Open(IReadOnlyList<string> endpoints, TimeSpan timeout, CancellationToken cancellationToken)
    {
        RpcEndpoint[] parsed = [.. endpoints.Select(RpcEndpoint.Parse)];
        if (parsed.Length > NativeMethods.GGML_RPC_MAX_SERVERS)
            throw new ArgumentException($"ModelOptions.RpcServers has {parsed.Length} servers; llama.cpp takes {NativeMethods.GGML_RPC_MAX_SERVERS}.", nameof(endpoints));
        if (parsed.Distinct().Count() != parsed.Length)
            throw new ArgumentException("ModelOptions.RpcServers names a server twice.", nameof(endpoints));
        RpcConnections connections = new();
        try
        {
            foreach (RpcEndpoint endpoint in parsed)
                connections.Add(endpoint, timeout, cancellationToken);
            return connections;
        }
        catch
        {
            connections.Dispose();
            throw;
        }
    }

    /// <summary>Says that the model no longer uses the servers; to be called when its native memory is freed.</summary>
    public void Dispose()
    {
        lock (s_gate)
        {
            foreach (RpcEndpoint endpoint in _endpoints)
                if (--s_users[endpoint] == 0)
                    s_users.Remove(endpoint);
        }
        _endpoints.Clear();
    }

    private void Add(RpcEndpoint endpoint, TimeSpan timeout, CancellationToken cancellationToken)
    {
        lock (s_gate)
        {
            if (!s_users.TryGetValue(endpoint, out int users))
                RpcGreeting.Exchange(endpoint, timeout, cancellationToken);
            s_users[endpoint] = users + 1;
            _endpoints.Add(endpoint);
            ggml_backend_reg* registered;
            fixed (byte* name = Encoding.UTF8.GetBytes(endpoint + "\0"))
                registered = NativeMethods.ggml_backend_rpc_add_server(name);
            if (registered is null)
                throw new RpcServerException(RpcServerFailure.NoDevices, endpoint.ToString(), "it has no devices.");
            for (nuint i = 0; i < NativeMethods.ggml_backend_reg_dev_count(registered); i++)
                _devices.Add((nint)NativeMethods.ggml_backend_reg_dev_get(registered, i));
        }
    }
}
