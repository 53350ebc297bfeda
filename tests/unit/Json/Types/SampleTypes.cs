using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace LlamaSpan.UnitTests.Json;

#pragma warning disable CS1591
public sealed record Numbers(
    sbyte A, byte B, short C, ushort D, int E, uint F, long G, ulong H, Int128 I, UInt128 J, Half K, float L, double M, decimal N, int? O, double? P);

public sealed record Texts(
    string A, char B, DateTime C, DateTimeOffset D, DateOnly E, TimeOnly F, TimeSpan G, Guid H, Uri I, Version J, byte[] K, ReadOnlyMemory<byte> L,
    string? M, DateTime? N, bool O, Guid? P = null);

public enum Size { Small, Large }

public enum Level : byte { Low = 1, High = 200 }

[Flags]
public enum Rights { None = 0, Read = 1, Write = 2, Run = 4 }

[Flags, JsonConverter(typeof(JsonStringEnumConverter<Modes>))]
public enum Modes { Read = 1, [JsonStringEnumMemberName("to-write")] Write = 2, Both = 3, Run = 4 }

public sealed record Enums(Level A, Level? B, Size C, Size? D, Rights E, Modes F, DayOfWeek G);

public sealed record Containers(
    List<int> A, string[] B, Dictionary<string, int> C, Dictionary<int, string> D, Dictionary<Guid, bool> E, Dictionary<Size, Level> F, HashSet<DateOnly> G,
    List<List<string?>> H, List<Item> I, List<Item> J, KeyValuePair<string, int> K, IReadOnlyDictionary<sbyte, Item>? L);

public sealed record Item(string Name, int Count = 1);

public sealed class Tree
{
    public required string Label { get; init; }

    public Tree? Left { get; set; }

    public Tree? Right { get; set; }

    public List<Tree> Others { get; set; } = [];

    public int Size => Others.Count;
}

[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(Circle), "circle")]
[JsonDerivedType(typeof(Group), "group")]
public abstract class Shape
{
    public string? Name { get; set; }
}

public sealed class Circle : Shape
{
    public double Radius { get; set; }
}

public sealed class Group : Shape
{
    public List<Shape> Shapes { get; set; } = [];

    public Circle? Frame { get; set; }
}

public sealed record Anything(object A, JsonElement B, object? C);

public sealed class Open
{
    public int Known { get; set; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Rest { get; set; }
}

public readonly record struct Point(double X, double Y);

public sealed record Annotated(
    [property: Range(1, 5)] int A,
    [Range(0.5, 2.5, MinimumIsExclusive = true)] double B,
    [Range(typeof(decimal), "0.01", "9.99")] decimal C,
    [StringLength(5, MinimumLength = 2)] string D,
    [MinLength(1), MaxLength(3)] int[] E,
    [Length(1, 2)] Dictionary<string, bool> F,
    [RegularExpression("[A-Z]{2}-\\d+")] string G,
    [RegularExpression("\\D{1,9}")] string H,
    [AllowedValues("red", "green", null)] string? I,
    [AllowedValues(1, 7)] int J,
    [DeniedValues("")] string K,
    [Description("in euros")] decimal L);

public sealed record Cited([property: Grounded("passages")] string Quote, string Note);

public sealed class Foreign
{
    public Secret Value { get; set; } = new();
}

[JsonConverter(typeof(SecretConverter))]
public sealed class Secret;

public sealed class SecretConverter : JsonConverter<Secret>
{
    public override Secret Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new JsonException();

    public override void Write(Utf8JsonWriter writer, Secret value, JsonSerializerOptions options) => writer.WriteNullValue();
}

[JsonSourceGenerationOptions(UseStringEnumConverter = false)]
[JsonSerializable(typeof(Numbers)), JsonSerializable(typeof(Texts)), JsonSerializable(typeof(Enums)), JsonSerializable(typeof(Containers))]
[JsonSerializable(typeof(Tree)), JsonSerializable(typeof(Shape)), JsonSerializable(typeof(Anything)), JsonSerializable(typeof(Open))]
[JsonSerializable(typeof(Point)), JsonSerializable(typeof(Annotated)), JsonSerializable(typeof(Foreign)), JsonSerializable(typeof(Cited)), JsonSerializable(typeof(List<Point>))]
public sealed partial class PlainTypes : JsonSerializerContext;

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, UseStringEnumConverter = true, IgnoreReadOnlyProperties = true)]
[JsonSerializable(typeof(Numbers)), JsonSerializable(typeof(Enums)), JsonSerializable(typeof(Containers)), JsonSerializable(typeof(Tree))]
[JsonSerializable(typeof(Shape)), JsonSerializable(typeof(Annotated)), JsonSerializable(typeof(Open))]
public sealed partial class WebTypes : JsonSerializerContext;
