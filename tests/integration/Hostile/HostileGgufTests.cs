using Xunit;

namespace LlamaSpan.IntegrationTests.Hostile;

/// <summary>
/// Files that the validator lets through are given to a child process that loads and uses them: none may end it. Thousands by default,
/// tens of thousands where LLAMASPAN_LONG is 1; the seeds are in the messages.
/// </summary>
public sealed class HostileGgufTests : IDisposable
{
    private static readonly string s_program = Repository.NativeProgram("decode-files");

    private readonly string _folder = Directory.CreateTempSubdirectory("llamaspan").FullName;

    public static TheoryData<string> Models => [.. TinyModels.All.Keys];

    private static int Scale => TestRun.IsLong ? 30 : 1;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Models))]
    public void No_mutation_of_a_generated_model_that_passes_ends_the_process(string name)
    {
        byte[] source = TinyModels.All[name]().ToArray();
        UseAll(200 * Scale, seed => new GgufMutator(source, new Random(seed)).Next());
    }

    [Fact]
    public void No_mutation_of_the_default_model_that_passes_ends_the_process()
    {
        byte[] source = File.ReadAllBytes(Pocket.Path);
        UseAll(100 * Scale, seed => new GgufMutator(source, new Random(seed)).Next());
    }

    [Fact]
    public void No_shape_that_passes_ends_the_process() =>
        UseAll(400 * Scale, seed => TinyModels.Build(TinyShapes.Next(new Random(seed))).ToArray());

    [Fact]
    public void Every_generated_model_passes_and_is_used()
    {
        using FileUser user = new(s_program);
        foreach ((string name, Func<GgufWriter> make) in TinyModels.All)
        {
            string path = Write(make().ToArray());
            Assert.True(GgufValidator.ValidateModel(path).IsFullyChecked, name);
            Assert.Equal(FileUser.Outcome.Used, user.Use(path));
        }
    }

    [Theory]
    [InlineData("blk.0.attn_q.weight", "blk.1.ffn_down.weight")]
    [InlineData("output.weight", "blk.2.attn_v.weight")]
    public void No_mutation_of_an_adapter_that_passes_ends_the_process(params string[] matrices)
    {
        string model = TestModels.LlamaF32, path = Path.Combine(_folder, "lora.gguf");
        GgufModel validated = GgufValidator.ValidateModel(model);
        byte[] source = File.ReadAllBytes(LoraFile.Write(path, model, 1, matrices).Path);
        UseAll(200 * Scale, seed => new GgufMutator(source, new Random(seed)).Next(), file => GgufValidator.ValidateAdapter(file, validated), "--lora", model);
    }

    private void UseAll(int count, Func<int, byte[]> make) => UseAll(count, make, path => GgufValidator.ValidateModel(path));

    private void UseAll(int count, Func<int, byte[]> make, Action<string> validate, params string[] arguments)
    {
        using FileUser user = new(s_program, arguments);
        List<string> killed = [];
        int passed = 0;
        for (int seed = 0; seed < count; seed++)
        {
            string path = Write(make(seed));
            try
            {
                validate(path);
            }
            catch (ModelLoadException)
            {
                continue;
            }
            passed++;
            if (user.Use(path) == FileUser.Outcome.Killed)
                killed.Add($"seed {seed} (exit status {user.LastExitCode})");
        }
        Assert.Empty(killed);
        Assert.InRange(passed, count / 50, count);
    }

    private string Write(byte[] bytes)
    {
        string path = Path.Combine(_folder, "hostile.gguf");
        File.WriteAllBytes(path, bytes);
        return path;
    }
}
