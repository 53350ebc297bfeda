using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Xunit;

namespace LlamaSpan.UnitTests.Rpc;

public sealed class RpcGreetingTests
{
    private static readonly TimeSpan s_long = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData("127.0.0.1:50052", "127.0.0.1", 50052)]
    [InlineData("gpu-host.local:1", "gpu-host.local", 1)]
    [InlineData("h:65535", "h", 65535)]
    public void Reads_host_and_port(string text, string host, int port) =>
        Assert.Equal(new RpcEndpoint(host, port), RpcEndpoint.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("localhost")]
    [InlineData(":50052")]
    [InlineData("localhost:")]
    [InlineData("localhost:0")]
    [InlineData("localhost:65536")]
    [InlineData("localhost:-1")]
    [InlineData("localhost:+5")]
    [InlineData("localhost: 5")]
    [InlineData("localhost:5x")]
    [InlineData("local host:5")]
    [InlineData("[::1]:50052")]
    [InlineData("::1:50052")]
    [InlineData("http://localhost:50052")]
    public void Refuses_what_is_no_endpoint(string text) =>
        Assert.Contains("host:port", Assert.Throws<ArgumentException>(() => RpcEndpoint.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void Refuses_one_server_twice_and_too_many()
    {
        Assert.Throws<ArgumentException>(() => RpcConnections.Open(["a:1", "a:01"], s_long, CancellationToken.None));
        Assert.Throws<ArgumentException>(() => RpcConnections.Open([.. Enumerable.Range(1, 17).Select(i => $"a:{i}")], s_long, CancellationToken.None));
    }

    [Fact]
    public async Task Says_that_nothing_listens()
    {
        using Socket unused = Bound();      // bound and not listening: nobody else gets the port meanwhile
        RpcServerException error = await Greet(((IPEndPoint)unused.LocalEndPoint!).Port, s_long);
        Assert.Equal(RpcServerFailure.Unreachable, error.Reason);
    }

    [Fact]
    public void Says_that_a_host_is_unknown()
    {
        RpcServerException error = Assert.Throws<RpcServerException>(
            () => RpcGreeting.Exchange(RpcEndpoint.Parse("no-such-host.invalid:50052"), s_long, CancellationToken.None));
        Assert.Equal(RpcServerFailure.UnknownHost, error.Reason);
        Assert.Equal("no-such-host.invalid:50052", error.Endpoint);
    }

    [Fact]
    public async Task Gives_up_on_a_server_that_does_not_answer()
    {
        using Socket silent = Listening();
        long start = Stopwatch.GetTimestamp();
        RpcServerException error = await Greet(PortOf(silent), TimeSpan.FromSeconds(0.2));
        Assert.Equal(RpcServerFailure.TimedOut, error.Reason);
        Assert.Contains("0.2 s", error.Message, StringComparison.Ordinal);
        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.FromSeconds(0.1), s_long);
    }

    [Fact]
    public async Task Stops_when_it_is_cancelled()
    {
        using Socket silent = Listening();
        using CancellationTokenSource cancellation = new();
        Task greeting = Task.Run(() => RpcGreeting.Exchange(new RpcEndpoint("127.0.0.1", PortOf(silent)), s_long, cancellation.Token), TestContext.Current.CancellationToken);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => greeting);
    }

    [Fact]
    public async Task Refuses_another_protocol() =>
        Assert.Equal(RpcServerFailure.WrongAnswer, (await GreetAnswering("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray())).Reason);

    [Fact]
    public async Task Refuses_a_server_that_hangs_up() =>
        Assert.Equal(RpcServerFailure.WrongAnswer, (await GreetAnswering([])).Reason);

    [Theory]
    [InlineData(6, 0)]
    [InlineData(8, 0)]
    [InlineData(7, 1)]
    public async Task Refuses_another_version(byte major, byte minor)
    {
        RpcServerException error = await GreetAnswering(Message([major, minor, 3, 0, .. new byte[24]]));
        Assert.Equal(RpcServerFailure.WrongVersion, error.Reason);
        Assert.Contains($"{major}.{minor}.3", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refuses_a_server_without_devices()
    {
        byte[] answers = [.. Message([7, 0, 0, 0, .. new byte[24]]), .. Message([0, 0, 0, 0])];
        Assert.Equal(RpcServerFailure.NoDevices, (await GreetAnswering(answers)).Reason);
    }

    [Fact]
    public async Task Greets_as_llama_cpp_does()
    {
        byte[] answers = [.. Message([7, 0, 0, 0, .. new byte[24]]), .. Message([2, 0, 0, 0])];
        using Socket listener = Listening();
        Task<byte[]> served = Serve(listener, answers);
        await Task.Run(() => RpcGreeting.Exchange(new RpcEndpoint("127.0.0.1", PortOf(listener)), s_long, CancellationToken.None), TestContext.Current.CancellationToken);
        byte[] expected = [14, 24, 0, 0, 0, 0, 0, 0, 0, .. new byte[24], 15, 0, 0, 0, 0, 0, 0, 0, 0];
        Assert.Equal(expected, await served);
    }

    private static byte[] Message(byte[] body)
    {
        byte[] message = new byte[8 + body.Length];
        BinaryPrimitives.WriteUInt64LittleEndian(message, (ulong)body.Length);
        body.CopyTo(message, 8);
        return message;
    }

    private static async Task<RpcServerException> GreetAnswering(byte[] answers)
    {
        using Socket listener = Listening();
        Task<byte[]> served = Serve(listener, answers);
        RpcServerException error = await Greet(PortOf(listener), s_long);
        await served;
        return error;
    }

    private static Task<RpcServerException> Greet(int port, TimeSpan timeout) => Assert.ThrowsAsync<RpcServerException>(
        () => Task.Run(() => RpcGreeting.Exchange(new RpcEndpoint("127.0.0.1", port), timeout, CancellationToken.None)));

    /// <summary>Takes one connection, answers its first request with all answers at once, and reads until it closes.</summary>
    private static async Task<byte[]> Serve(Socket listener, byte[] answers)
    {
        using Socket client = await listener.AcceptAsync();
        using MemoryStream received = new();
        byte[] buffer = new byte[256];
        received.Write(buffer, 0, await client.ReceiveAsync(buffer));
        await client.SendAsync(answers);
        client.Shutdown(SocketShutdown.Send);
        try
        {
            for (int count; (count = await client.ReceiveAsync(buffer)) > 0;)
                received.Write(buffer, 0, count);
        }
        catch (SocketException)
        {
            // the client closed with answers unread
        }
        return received.ToArray();
    }

    private static Socket Bound()
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return socket;
    }

    private static Socket Listening()
    {
        Socket socket = Bound();
        socket.Listen();
        return socket;
    }

    private static int PortOf(Socket socket) => ((IPEndPoint)socket.LocalEndPoint!).Port;
}
