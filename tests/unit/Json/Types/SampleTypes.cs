using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Collections.ObjectModel;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Nodes;
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

public class Base
{
    [Range(1, 3)]
    public virtual int Rank { get; set; }
}

[Description("checked as a whole")]
public sealed class Checked : Base
{
    public override int Rank { get; set; }

    [Required]
    public string? Name { get; set; }

    [Required]
    public int? Count { get; set; }

    [Required(AllowEmptyStrings = true)]
    public string? Note { get; set; }

    [EmailAddress]
    public string? Mail { get; set; }

    [Url, DataType(DataType.Url)]
    public string? Link { get; set; }

    [Phone]
    public string? Phone { get; set; }

    [Base64String]
    public string? Bytes { get; set; }

    [RegularExpression(".{1,3}")]
    public string? Short { get; set; }

    [AllowedValues(DayOfWeek.Monday, DayOfWeek.Friday)]
    public DayOfWeek Day { get; set; }

    [JsonInclude, Range(1, 2)]
    public int Field;
}

public sealed record Crossed(string A, [property: Compare("A")] string B);

public sealed record Odd([property: Odd] int A);

[AttributeUsage(AttributeTargets.Property)]
public sealed class OddAttribute : ValidationAttribute
{
    public override bool IsValid(object? value) => value is int i && i % 2 != 0;
}

[JsonPolymorphic]
[JsonDerivedType(typeof(Dog), 1)]
[JsonDerivedType(typeof(Cat), 2)]
public interface IPet
{
    string Name { get; set; }
}

public sealed class Dog : IPet
{
    public string Name { get; set; } = "";
}

public sealed class Cat : IPet
{
    public string Name { get; set; } = "";

    public List<IPet>? Friends { get; set; }
}

[JsonDerivedType(typeof(Stamped))]
public class Letter
{
    public int Pages { get; set; }
}

public sealed class Stamped : Letter
{
    public int Value { get; set; }
}

public sealed class Filled
{
    [JsonInclude]
    public int A { get; internal set; }

    [JsonIgnore]
    public int B { get; set; }

    [JsonPropertyName("c-c"), JsonRequired]
    public string? C { get; set; }

    [JsonObjectCreationHandling(JsonObjectCreationHandling.Populate)]
    public List<int> Kept { get; } = [];

    public List<int> Computed { get; } = [];
}

public sealed record Collected(
    IEnumerable<int> A, ISet<int> B, IReadOnlyList<string> C, ImmutableArray<int> D, Queue<int> E, Stack<int> F, ConcurrentDictionary<string, int> G,
    SortedDictionary<DateTime, int> H, ImmutableDictionary<Version, int> I, IDictionary<char, object> J, JsonObject K, JsonArray L, JsonNode M, JsonNode? N);

public interface INamed
{
    string Name { get; set; }
}

public sealed record HasInterface(INamed Named);

public abstract class Unfinished
{
    public int A { get; set; }
}

public sealed record HasAbstract(List<Unfinished> Parts);

public sealed class TwoWays
{
    public TwoWays(int a) => A = a;

    public TwoWays(int a, int b) => A = a + b;

    public int A { get; set; }
}

public sealed record HasTwoWays(TwoWays Way);

public sealed record HasReadOnly(ReadOnlyCollection<int> Numbers);

public sealed record Network([MinLength(1), MaxLength(3)] List<Station> Stations, [MaxLength(3)] List<Route> Routes);

public sealed record Station([StringLength(4)] string Id);

public sealed record Route([property: Grounded("/Stations/*/Id")] string From, [property: Grounded("/Stations/*/Id")] string? To);

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
[JsonSerializable(typeof(Checked)), JsonSerializable(typeof(Crossed)), JsonSerializable(typeof(Odd)), JsonSerializable(typeof(IPet)), JsonSerializable(typeof(Letter))]
[JsonSerializable(typeof(Filled)), JsonSerializable(typeof(Collected)), JsonSerializable(typeof(HasInterface)), JsonSerializable(typeof(HasAbstract))]
[JsonSerializable(typeof(HasTwoWays)), JsonSerializable(typeof(HasReadOnly)), JsonSerializable(typeof(Network)), JsonSerializable(typeof(object))]
public sealed partial class PlainTypes : JsonSerializerContext;

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, UseStringEnumConverter = true, IgnoreReadOnlyProperties = true)]
[JsonSerializable(typeof(Numbers)), JsonSerializable(typeof(Enums)), JsonSerializable(typeof(Containers)), JsonSerializable(typeof(Tree))]
[JsonSerializable(typeof(Shape)), JsonSerializable(typeof(Annotated)), JsonSerializable(typeof(Open))]
public sealed partial class WebTypes : JsonSerializerContext;
