using System.Text.Json;
using LlamaSpan.Native;
using LlamaSpan.TestSupport.Abi;
using Xunit;

namespace LlamaSpan.IntegrationTests;

/// <summary>The bindings against the C compiler and against the libraries that were built.</summary>
public sealed class BindingsTests
{
    [Fact]
    public void The_probe_lists_all_that_the_bindings_declare() => Assert.Equal(
        BindingsLayout.ToProbeSource(), File.ReadAllText(Repository.PathOf("native/abi-probe/declarations.inc")));

    [Fact]
    public void Structs_enums_and_constants_are_what_the_C_compiler_makes_of_them()
    {
        ProgramResult probe = ProgramResult.Of(Repository.NativeProgram("abi-probe"));
        Assert.Equal(0, probe.ExitCode);
        using JsonDocument printed = JsonDocument.Parse(probe.Output);
        IEnumerable<string> ofC = printed.RootElement.EnumerateObject().Select(member => $"{member.Name}: {member.Value.GetRawText()}");

        List<Declaration> declarations = [.. BindingsLayout.Declarations()];
        Assert.True(declarations.Count > 700, $"only {declarations.Count} declarations");
        IEnumerable<string> ofCSharp = declarations.Select(declaration => $"{declaration.Key}: {declaration}").Prepend($$"""void *: {"size": {{nint.Size}}}""");
        Assert.Equal(ofC, ofCSharp);
    }

    [Fact]
    public void Every_import_is_exported_by_the_library_it_is_routed_to()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "reads ELF libraries");
        NativeLibraries.Load();
        foreach (IGrouping<string, (string Library, string Function)> imports in BindingsLayout.Imports().GroupBy(import => import.Library))
        {
            string path = Path.Combine(NativeLibraries.Folder!, LibraryNames.FileOf(imports.Key));
            Assert.Empty(imports.Select(import => import.Function).Except(ElfSymbols.DefinedIn(path)));
        }
    }

    [Theory]
    [InlineData("llama", "llama_")]
    [InlineData("ggml", "ggml_")]
    [InlineData("ggml-rpc", "ggml_")]
    [InlineData("llamaspan", "llamaspan_")]
    public void Every_C_function_of_a_library_is_bound(string library, string prefix)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "reads ELF libraries");
        NativeLibraries.Load();
        HashSet<string> exported = ElfSymbols.DefinedIn(Path.Combine(NativeLibraries.Folder!, LibraryNames.FileOf(library)));
        Assert.Empty(exported.Where(name => name.StartsWith(prefix, StringComparison.Ordinal))
            .Except(BindingsLayout.Imports().Select(import => import.Function)));
    }
}
