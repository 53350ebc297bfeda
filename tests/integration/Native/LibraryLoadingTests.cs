using System.Runtime.InteropServices;
using System.Text;
using LlamaSpan.Native;
using Xunit;

namespace LlamaSpan.IntegrationTests;

/// <summary>The loader against the real libraries, and against copies of them that are damaged in one way each.</summary>
public sealed class LibraryLoadingTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("llamaspan-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public unsafe void Loads_the_pinned_version()
    {
        NativeLibraries.Load();
        Assert.True(NativeLibraries.IsLoaded);
        Assert.Equal(NativeLibraries.LlamaVersion, Marshal.PtrToStringUTF8((nint)NativeMethods.llama_version()));
    }

    [Fact]
    public void Refuses_a_second_folder()
    {
        NativeLibraries.Load();
        NativeLibraries.Load(NativeLibraries.Folder);
        Assert.Throws<InvalidOperationException>(() => NativeLibraries.Load(_folder));
    }

    [Fact]
    public void Names_a_file_that_is_missing()
    {
        CopyLibraries();
        File.Delete(FileOf("ggml"));
        string message = Refused(NativeLibraryFailure.Missing);
        Assert.Contains(FileOf("ggml"), message);
    }

    [Fact]
    public void Names_a_dependency_that_is_missing()
    {
        CopyLibraries();
        Patch("ggml-base", "libm.so.6"u8, "libM.so.6"u8);
        string message = Refused(NativeLibraryFailure.MissingDependency);
        Assert.Contains(FileOf("ggml-base"), message);
        Assert.Contains("libM.so.6", message);
    }

    [Fact]
    public void Names_the_architecture_of_a_library_for_another_processor()
    {
        CopyLibraries();
        byte[] library = File.ReadAllBytes(FileOf("llama"));
        library[18] = (byte)(RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 62 : 183);
        File.WriteAllBytes(FileOf("llama"), library);
        string message = Refused(NativeLibraryFailure.WrongArchitecture);
        Assert.Contains(RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "X64" : "Arm64", message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("not a library")]
    public void Says_of_a_file_that_is_no_library_that_it_is_none(string content)
    {
        CopyLibraries();
        File.WriteAllText(FileOf("llama"), content);
        Assert.Contains("not a library", Refused(NativeLibraryFailure.WrongArchitecture));
    }

    [Fact]
    public void Refuses_another_version()
    {
        CopyLibraries();
        Patch("llama", Encoding.UTF8.GetBytes($"\0{NativeLibraries.LlamaVersion}\0"), "\00.4.9\0"u8);
        string message = Refused(NativeLibraryFailure.WrongVersion);
        Assert.Contains("0.4.9", message);
        Assert.Contains(NativeLibraries.LlamaVersion, message);
    }

    [Fact]
    public void Loads_from_a_folder_of_the_callers_choice()
    {
        CopyLibraries();
        ProgramResult result = SmokeProgram.Run("load", _folder);
        Assert.Equal(0, result.ExitCode);
        Assert.Equal([NativeLibraries.LlamaVersion, _folder], result.Lines);
    }

    [Fact]
    public void Looks_only_in_the_folder_that_the_environment_names()
    {
        ProgramResult result = SmokeProgram.Run([("LLAMASPAN_NATIVE_DIR", _folder)], "import");
        Assert.Equal(3, result.ExitCode);
        Assert.Equal(nameof(NativeLibraryFailure.Missing), result.Lines[0]);
        Assert.Contains(FileOf("ggml-base"), result.Output);
    }

    [Fact]
    public void Finds_them_in_the_applications_runtimes_folder()
    {
        string runtime = Path.Combine(_folder, "application", "runtimes", RuntimeInformation.RuntimeIdentifier, "native");
        Directory.CreateDirectory(runtime);
        CopyLibraries();
        foreach (string file in Directory.GetFiles(_folder))
            File.Move(file, Path.Combine(runtime, Path.GetFileName(file)));
        ProgramResult result = RunElsewhere(Path.Combine(_folder, "application"), "load");
        Assert.Equal([NativeLibraries.LlamaVersion, runtime], result.Lines);
    }

    [Fact]
    public void Finds_them_in_the_artifacts_of_the_checkout_around_the_application()
    {
        ProgramResult result = SmokeProgram.Run([("LLAMASPAN_NATIVE_DIR", "")], "load");
        Assert.Equal([NativeLibraries.LlamaVersion, Repository.PathOf("artifacts/native/lib")], result.Lines);
    }

    [Fact]
    public void Finds_them_where_the_system_looks()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "sets LD_LIBRARY_PATH");
        CopyLibraries();
        ProgramResult result = RunElsewhere(Path.Combine(_folder, "application"), "import", ("LD_LIBRARY_PATH", _folder));
        Assert.Equal([NativeLibraries.LlamaVersion], result.Lines);
    }

    [Theory]
    [InlineData("given", "variable", "runtimes", "artifacts", "system")]
    [InlineData("variable", "runtimes", "artifacts", "system")]
    [InlineData("runtimes", "artifacts", "system")]
    [InlineData("artifacts", "system")]
    public void The_first_of_several_places_is_taken(params string[] places)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "sets LD_LIBRARY_PATH");
        string application = Path.Combine(_folder, "application");
        Dictionary<string, string> folders = new()
        {
            ["given"] = Path.Combine(_folder, "given"),
            ["variable"] = Path.Combine(_folder, "variable"),
            ["runtimes"] = Path.Combine(application, "runtimes", RuntimeInformation.RuntimeIdentifier, "native"),
            ["artifacts"] = Path.Combine(_folder, "artifacts", "native", "lib"),
            ["system"] = Path.Combine(_folder, "system"),
        };
        // what marks a checkout
        Directory.CreateDirectory(Path.Combine(_folder, "native"));
        File.WriteAllText(Path.Combine(_folder, "native", "llama.lock"), "");
        foreach (string place in places)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(folders[place])!);
            Directory.CreateSymbolicLink(folders[place], Repository.PathOf("artifacts/native/lib"));
        }
        string[] arguments = places.Contains("given") ? ["load", folders["given"]] : ["load"];
        ProgramResult result = RunElsewhere(application, arguments, ("LLAMASPAN_NATIVE_DIR", places.Contains("variable") ? folders["variable"] : ""), ("LD_LIBRARY_PATH", folders["system"]));
        Assert.Equal([NativeLibraries.LlamaVersion, folders[places[0]]], result.Lines);
    }

    [Fact]
    public void Says_where_it_looked()
    {
        ProgramResult result = RunElsewhere(_folder, "import");
        Assert.Equal(3, result.ExitCode);
        Assert.Equal(nameof(NativeLibraryFailure.Missing), result.Lines[0]);
        Assert.Contains(Path.Combine(_folder, "runtimes", RuntimeInformation.RuntimeIdentifier, "native"), result.Output);
        Assert.Contains("./build.sh native", result.Output);
    }

    // a copy of the program outside of the checkout: nothing above it has artifacts
    private static ProgramResult RunElsewhere(string folder, string verb, params ReadOnlySpan<(string Name, string Value)> environment) =>
        RunElsewhere(folder, [verb], environment);

    private static ProgramResult RunElsewhere(string folder, string[] arguments, params ReadOnlySpan<(string Name, string Value)> environment)
    {
        Directory.CreateDirectory(folder);
        foreach (string file in Directory.EnumerateFiles(Path.GetDirectoryName(SmokeProgram.Assembly)!))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        return ProgramResult.Of("dotnet", [("LLAMASPAN_NATIVE_DIR", ""), .. environment], [Path.Combine(folder, Path.GetFileName(SmokeProgram.Assembly)), .. arguments]);
    }

    // in a process of its own: ggml must not be loaded twice into one
    private string Refused(NativeLibraryFailure expected)
    {
        ProgramResult result = SmokeProgram.Run("load", _folder);
        Assert.Equal(3, result.ExitCode);
        Assert.Equal(expected.ToString(), result.Lines[0]);
        return result.Output;
    }

    private string FileOf(string library) => Path.Combine(_folder, LibraryNames.FileOf(library));

    private void CopyLibraries()
    {
        NativeLibraries.Load();
        foreach (string library in LibraryNames.InLoadOrder)
        {
            string source = Path.Combine(NativeLibraries.Folder!, LibraryNames.FileOf(library));
            if (File.Exists(source)) File.Copy(source, FileOf(library));
        }
    }

    private void Patch(string library, ReadOnlySpan<byte> old, ReadOnlySpan<byte> replacement)
    {
        byte[] bytes = File.ReadAllBytes(FileOf(library));
        int found = 0;
        for (int at = 0; bytes.AsSpan(at).IndexOf(old) is >= 0 and var offset; at += offset + old.Length, found++)
            replacement.CopyTo(bytes.AsSpan(at + offset));
        Assert.NotEqual(0, found);
        File.WriteAllBytes(FileOf(library), bytes);
    }
}
