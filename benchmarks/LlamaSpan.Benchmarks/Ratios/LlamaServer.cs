using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;

namespace LlamaSpan.Benchmarks.Ratios;

/// <summary>llama-server, running, with a slot for each request and context for all of them, and else as it is by default.</summary>
internal sealed class LlamaServer : IDisposable
{
    private static readonly TimeSpan s_longestStart = TimeSpan.FromMinutes(1);

    private readonly Process _process;
    private readonly HttpClient _client;

    /// <param name="file">The model.</param>
    /// <param name="threads">Threads.</param>
    /// <param name="slots">Requests at once.</param>
    /// <param name="contextSize">Context of each.</param>
    public LlamaServer(RatioModel file, int threads, int slots, int contextSize)
    {
        int port = FreePort();
        string[] arguments = ["-m", file.Path, "-t", Text(threads), "-tb", Text(threads), "-np", Text(slots), "-c", Text(slots * contextSize), "-fa", "on",
            "--port", Text(port), "--no-ui", "--log-disable"];
        ProcessStartInfo start = new(Peers.PathOf("llama-server"), arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, _) => { };
        _process.ErrorDataReceived += (_, _) => { };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        AppDomain.CurrentDomain.ProcessExit += End;      // where this program is ended, so is the server
        _client = new HttpClient { BaseAddress = new UriBuilder("http", IPAddress.Loopback.ToString(), port).Uri, Timeout = TimeSpan.FromMinutes(5) };
        WaitUntilReady();
    }

    /// <summary>Streams an answer, greedy and whatever its tokens are.</summary>
    /// <param name="prompt">The prompt; nothing of it is taken from a cache.</param>
    /// <param name="tokens">Tokens to generate.</param>
    /// <param name="received">Called for each.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task StreamAsync(LlamaToken[] prompt, int tokens, Action received, CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, "/completion")
        {
            Content = JsonContent.Create(new
            {
                prompt = prompt.Select(token => token.Id),
                n_predict = tokens,
                temperature = 0,
                ignore_eos = true,
                cache_prompt = false,
                return_tokens = true,
                stream = true,
            }),
        };
        using HttpResponseMessage response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        response.EnsureSuccessStatusCode();
        using StreamReader reader = new(await response.Content.ReadAsStreamAsync(cancellationToken));
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
            if (line.StartsWith("data: {", StringComparison.Ordinal))
                for (int i = TokensOf(line.AsMemory(6)); i > 0; i--)
                    received();
    }

    public void Dispose()
    {
        AppDomain.CurrentDomain.ProcessExit -= End;
        End(null, EventArgs.Empty);
        _client.Dispose();
        _process.Dispose();
    }

    private void End(object? sender, EventArgs e)
    {
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
    }

    private static int TokensOf(ReadOnlyMemory<char> data)
    {
        using JsonDocument document = JsonDocument.Parse(data);
        return document.RootElement.TryGetProperty("tokens", out JsonElement tokens) ? tokens.GetArrayLength() : 0;
    }

    private void WaitUntilReady()
    {
        long start = Stopwatch.GetTimestamp();
        while (!IsReady())
        {
            if (_process.HasExited || Stopwatch.GetElapsedTime(start) > s_longestStart)
            {
                string how = _process.HasExited ? $"ended with exit code {_process.ExitCode}" : $"was not ready after {s_longestStart.TotalSeconds} seconds";
                Dispose();      // nobody else can: it is being made
                throw new IOException($"llama-server {how}.");
            }
            Thread.Sleep(50);
        }
    }

    private bool IsReady()
    {
        try
        {
            using HttpResponseMessage health = _client.GetAsync("/health").GetAwaiter().GetResult();
            return health.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;      // does not listen yet
        }
    }

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
