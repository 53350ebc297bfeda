using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace LlamaSpan.IntegrationTests.Rpc;

/// <summary>llama.cpp's RPC server on a free port of this machine.</summary>
internal sealed class RpcServerProcess : IDisposable
{
    private readonly Process _process;

    internal RpcServerProcess()
    {
        int port = FreePort();
        Endpoint = $"127.0.0.1:{port}";
        ProcessStartInfo start = new(Repository.NativeProgram("ggml-rpc-server"), ["--host", "127.0.0.1", "--port", $"{port}", "--threads", "1"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, _) => { };
        _process.ErrorDataReceived += (_, _) => { };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        WaitUntilItListens(port);
    }

    internal string Endpoint { get; }

    internal static int FreePort()
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private void WaitUntilItListens(int port)
    {
        for (Stopwatch clock = Stopwatch.StartNew(); ; Thread.Sleep(20))
        {
            try
            {
                using TcpClient client = new("127.0.0.1", port);
                return;
            }
            catch (SocketException) when (!_process.HasExited && clock.Elapsed < TimeSpan.FromSeconds(30))
            {
                // not yet
            }
        }
    }
}
