using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using LlamaSpan.Native;

namespace LlamaSpan;

/// <summary>
/// Connects to an RPC server and says hello as llama.cpp would (negotiate_hello of ggml/src/ggml-rpc/ggml-rpc.cpp), which ends the process
/// if that fails. A message is its length in 8 bytes and its bytes; a request has the command's number before it.
/// </summary>
internal static class RpcGreeting
{
    private const byte Hello = 14;              // RPC_CMD_HELLO
    private const byte DeviceCount = 15;        // RPC_CMD_DEVICE_COUNT
    private const int CapabilityBytes = 24;     // RPC_CONN_CAPS_SIZE; all zero: plain TCP
    private const int HelloAnswerBytes = 4 + CapabilityBytes;

    /// <summary>Greets a server, asks for its number of devices, and hangs up.</summary>
    /// <exception cref="RpcServerException">It cannot be reached, does not answer as it should, or not in time.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static void Exchange(RpcEndpoint endpoint, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using CancellationTokenSource timer = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timer.CancelAfter(timeout);
        try
        {
            // on a pool thread, so that no context of the caller's is waited for
            Task.Run(() => ExchangeAsync(endpoint, timer.Token), CancellationToken.None).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new RpcServerException(
                RpcServerFailure.TimedOut,
                endpoint.ToString(),
                $"no greeting within {timeout.TotalSeconds:0.###} s; it serves one client at a time and may be busy with another.");
        }
        catch (SocketException error)
        {
            throw new RpcServerException(RpcServerFailure.Unreachable, endpoint.ToString(), error.Message, error);
        }
        catch (IOException error)
        {
            throw new RpcServerException(RpcServerFailure.WrongAnswer, endpoint.ToString(), "it closed the connection instead of greeting.", error);
        }
    }

    private static async Task ExchangeAsync(RpcEndpoint endpoint, CancellationToken cancellationToken)
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        IPAddress address = await ResolveAsync(endpoint, cancellationToken).ConfigureAwait(false);
        await socket.ConnectAsync(new IPEndPoint(address, endpoint.Port), cancellationToken).ConfigureAwait(false);
        using NetworkStream stream = new(socket);
        byte[] hello = await AskAsync(stream, endpoint, Hello, CapabilityBytes, HelloAnswerBytes, cancellationToken).ConfigureAwait(false);
        if (hello[0] != NativeMethods.RPC_PROTO_MAJOR_VERSION || hello[1] > NativeMethods.RPC_PROTO_MINOR_VERSION)
        {
            throw new RpcServerException(
                RpcServerFailure.WrongVersion,
                endpoint.ToString(),
                $"it speaks version {hello[0]}.{hello[1]}.{hello[2]} of the protocol; this is {NativeMethods.RPC_PROTO_MAJOR_VERSION}.{NativeMethods.RPC_PROTO_MINOR_VERSION}.");
        }
        byte[] count = await AskAsync(stream, endpoint, DeviceCount, 0, sizeof(uint), cancellationToken).ConfigureAwait(false);
        if (BinaryPrimitives.ReadUInt32LittleEndian(count) == 0)
            throw new RpcServerException(RpcServerFailure.NoDevices, endpoint.ToString(), "it has no devices.");
    }

    private static async Task<IPAddress> ResolveAsync(RpcEndpoint endpoint, CancellationToken cancellationToken)
    {
        try
        {
            IPAddress[] addresses = await Dns.GetHostAddressesAsync(endpoint.Host, AddressFamily.InterNetwork, cancellationToken).ConfigureAwait(false);
            if (addresses.Length > 0)
                return addresses[0];
        }
        catch (SocketException error)
        {
            throw new RpcServerException(RpcServerFailure.UnknownHost, endpoint.ToString(), error.Message, error);
        }
        throw new RpcServerException(RpcServerFailure.UnknownHost, endpoint.ToString(), "the host has no IPv4 address, which llama.cpp needs.");
    }

    private static async Task<byte[]> AskAsync(
        NetworkStream stream, RpcEndpoint endpoint, byte command, int requestBytes, int answerBytes, CancellationToken cancellationToken)
    {
        byte[] request = new byte[1 + sizeof(ulong) + requestBytes];
        request[0] = command;
        BinaryPrimitives.WriteUInt64LittleEndian(request.AsSpan(1), (ulong)requestBytes);
        await stream.WriteAsync(request, cancellationToken).ConfigureAwait(false);
        byte[] answer = new byte[sizeof(ulong) + answerBytes];
        await stream.ReadExactlyAsync(answer.AsMemory(0, sizeof(ulong)), cancellationToken).ConfigureAwait(false);
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(answer);
        if (length != (ulong)answerBytes)
        {
            throw new RpcServerException(
                RpcServerFailure.WrongAnswer, endpoint.ToString(), $"it answered command {command} with {length} bytes instead of {answerBytes}; is it an RPC server?");
        }
        await stream.ReadExactlyAsync(answer.AsMemory(sizeof(ulong)), cancellationToken).ConfigureAwait(false);
        return answer[sizeof(ulong)..];
    }
}
