using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Xunit;

namespace LlamaSpan.IntegrationTests.Rpc;

public sealed class RpcTests
{
    private static readonly GenerationOptions s_greedy = new() { Sampling = SamplingOptions.Greedy, MaxTokens = 24, IgnoreEndOfGeneration = true };

    [Fact]
    public void A_server_computes_the_same_tokens()
    {
        LlamaToken[] local = Tokens([], out long localBytes);
        using RpcServerProcess server = new();
        Assert.Equal(local, Tokens([server.Endpoint], out long remoteBytes));
        Assert.Equal(0, localBytes);
        Assert.True(remoteBytes > 0, "no weight lies on the server");
        Assert.Equal(local, Tokens([server.Endpoint], out _));      // again, after the first model was freed
    }

    [Fact]
    public void A_server_that_is_gone_or_wrong_is_told_in_time()
    {
        Assert.Throws<ArgumentException>(() => Tokens(["nowhere"], out _));
        Assert.Equal(RpcServerFailure.Unreachable, Refused($"127.0.0.1:{RpcServerProcess.FreePort()}").Reason);

        using TcpListener silent = new(IPAddress.Loopback, 0);
        silent.Start();
        Stopwatch clock = Stopwatch.StartNew();
        Assert.Equal(RpcServerFailure.TimedOut, Refused(silent.LocalEndpoint.ToString()!).Reason);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0.3, 20);
    }

    private static RpcServerException Refused(string endpoint) => Assert.Throws<RpcServerException>(() => Tokens([endpoint], out _, TimeSpan.FromSeconds(0.5)));

    private static LlamaToken[] Tokens(string[] servers, out long bytesOnServers, TimeSpan? timeout = null)
    {
        using LlamaModel model = LlamaModel.Load(TestModels.LlamaF32, new ModelOptions { RpcServers = servers, RpcTimeout = timeout ?? TimeSpan.FromSeconds(30) });
        using LlamaContext context = model.CreateContext(Pocket.Options);
        bytesOnServers = context.MemoryBreakdown().Where(usage => usage.Device.StartsWith("RPC", StringComparison.Ordinal)).Sum(usage => usage.Model);
        List<LlamaToken> tokens = [];
        foreach (GeneratedPiece piece in new TextGenerator(context).Generate(model.Vocabulary.Tokenize("Once upon a time"), s_greedy))
            tokens.Add(piece.Token);
        return [.. tokens];
    }
}
