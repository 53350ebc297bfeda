using System.ComponentModel.DataAnnotations;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Xunit;

namespace LlamaSpan.UnitTests.Json;

/// <summary>A grammar made from a C# type: whatever comes out of it, System.Text.Json reads.</summary>
public class TypeGrammarTests
{
    private static readonly JsonGrammarOptions s_short = new() { MaxDepth = 9, MaxWhitespace = 2 };

    private static readonly PlainTypes s_strict = new(new JsonSerializerOptions(JsonSerializerOptions.Strict));

    public static TheoryData<JsonTypeInfo> Types =>
    [
        PlainTypes.Default.Numbers, PlainTypes.Default.Texts, PlainTypes.Default.Enums, PlainTypes.Default.Containers, PlainTypes.Default.Tree,
        PlainTypes.Default.Shape, PlainTypes.Default.Anything, PlainTypes.Default.Open, PlainTypes.Default.Point, PlainTypes.Default.Annotated,
        PlainTypes.Default.ListPoint, PlainTypes.Default.Int32, PlainTypes.Default.NullableInt32, PlainTypes.Default.String, PlainTypes.Default.DateTimeOffset,
        WebTypes.Default.Numbers, WebTypes.Default.Enums, WebTypes.Default.Containers, WebTypes.Default.Tree, WebTypes.Default.Shape,
        WebTypes.Default.Annotated, WebTypes.Default.Open,
        PlainTypes.Default.Checked, PlainTypes.Default.IPet, PlainTypes.Default.Letter, PlainTypes.Default.Filled, PlainTypes.Default.Collected,
        PlainTypes.Default.Network, PlainTypes.Default.Object,
        s_strict.Numbers, s_strict.Texts, s_strict.Enums, s_strict.Tree, s_strict.Anything, s_strict.Point, s_strict.Checked, s_strict.IPet, s_strict.Letter,
        s_strict.Filled, s_strict.Collected, s_strict.Object,
    ];

    [Theory]
    [MemberData(nameof(Types), DisableDiscoveryEnumeration = true)]
    public void Each_complete_instance_is_read(JsonTypeInfo type)
    {
        var random = new Random(type.Type.Name.Length);
        JsonGrammar grammar = JsonGrammar.FromType(type, s_short);
        int runs = TestRun.IsLong ? 3000 : 60;
        for (int i = 0; i < runs; i++)
        {
            JsonConstraint constraint = grammar.CreateConstraint(RandomInstances.Vocabulary);
            string? json = RandomInstances.Draw(constraint, random) ?? RandomInstances.Close(constraint);
            Assert.True(json is not null, Encoding.UTF8.GetString(constraint.Text));
            object? value = Read(json, type);
            if (value is Annotated annotated)
                Assert.True(Obeys(annotated), json);
            else if (value is Checked)
                Validator.ValidateObject(value, new ValidationContext(value), validateAllProperties: true);
        }
    }

    [Theory]
    [MemberData(nameof(Types), DisableDiscoveryEnumeration = true)]
    public void The_shortest_and_the_largest_spellings_are_read(JsonTypeInfo type)
    {
        JsonGrammar grammar = JsonGrammar.FromType(type, new() { Whitespace = JsonWhitespace.None });
        string[] numbers = ["-0", "0", "-1", "1e5", "1.0", "1E+299", "999999999e299", "9999999999e299", "1e-299", "-0.0", "-0e0", "0e299", "99999999999999999999999999999999"];
        foreach (string number in numbers)
            if (grammar.IsValid(Encoding.UTF8.GetBytes(number)))
                Read(number, type);
    }

    [Theory]
    [InlineData("A", "-128", "127", "-129", "128", "1.0", "1e1", "-0")]
    [InlineData("H", "0", "18446744073709551615", "-1", "18446744073709551616", "0.0", "-0", "\"1\"")]
    [InlineData("L", "-3.4028234e38", "0.5", "3.5e38", "-3.5e38", "1e39", "\"NaN\"", "null")]
    public void Numbers_lie_within_their_types_range(string property, string yes1, string yes2, params string[] no)
    {
        JsonElement schema = JsonDocument.Parse(JsonGrammar.SchemaOf(WebTypes.Default.Numbers)).RootElement.GetProperty("properties");
        JsonGrammar grammar = JsonGrammar.FromSchema(schema.GetProperty(property.ToLowerInvariant()), new() { MaxDigits = 40 });
        if (property != "L")
            Assert.True(grammar.IsValid(Encoding.UTF8.GetBytes(yes1)));
        Assert.True(grammar.IsValid(Encoding.UTF8.GetBytes(yes2)));
        foreach (string text in no)
            Assert.False(grammar.IsValid(Encoding.UTF8.GetBytes(text)), text);
    }

    [Fact]
    public void Ordinary_instances_are_admitted()
    {
        Admits(PlainTypes.Default.Texts, new Texts(
            "a", 'b', new DateTime(2024, 2, 3, 4, 5, 6, DateTimeKind.Utc), new DateTimeOffset(2024, 2, 3, 4, 5, 6, TimeSpan.FromHours(2)), new DateOnly(2024, 1, 2),
            new TimeOnly(1, 2, 3), new TimeSpan(1, 2, 3, 4), Guid.NewGuid(), new Uri("https://example.org/a?b=c#d"), new Version(1, 2, 3), [1, 2], new byte[] { 3 }, null, null, true));
        Admits(PlainTypes.Default.Enums, new Enums(Level.High, null, Size.Large, Size.Small, Rights.Read | Rights.Run, Modes.Both | Modes.Run, DayOfWeek.Monday));
        Admits(WebTypes.Default.Enums, new Enums(Level.High, null, Size.Large, Size.Small, Rights.Read | Rights.Run, Modes.Both | Modes.Run, DayOfWeek.Monday));
        Admits(WebTypes.Default.Tree, new Tree { Label = "a", Left = new Tree { Label = "b" }, Others = [new Tree { Label = "c" }] });
        Admits(PlainTypes.Default.Shape, new Group { Name = "g", Shapes = [new Circle { Radius = 6.02214076e23 }], Frame = new Circle() });
    }

    [Theory]
    [InlineData("{}", false)]
    [InlineData("""{"Label":"a","Others":[]}""", true)]
    [InlineData("""{"Label":"a","Left":null,"Others":[]}""", true)]
    [InlineData("""{"Label":null,"Others":[]}""", false)]
    [InlineData("""{"Label":"a","Others":[],"Size":1}""", false)]
    [InlineData("""{"Label":"a","Others":[],"More":1}""", false)]
    [InlineData("null", false)]
    public void Objects_are_closed_and_whole(string json, bool admitted) =>
        Assert.Equal(admitted, JsonGrammar.FromType(PlainTypes.Default.Tree).IsValid(Encoding.UTF8.GetBytes(json)));

    [Fact]
    public void Descriptions_are_in_the_schema()
    {
        Assert.Contains("in euros", JsonGrammar.SchemaOf(PlainTypes.Default.Annotated));
        Assert.Contains("checked as a whole", JsonGrammar.SchemaOf(PlainTypes.Default.Checked));
    }

    [Theory]
    [InlineData("{}", false)]
    [InlineData("""{"Rank":1,"Name":"a","Count":0,"Note":"","Day":1,"Field":2}""", true)]
    [InlineData("""{"Rank":1,"Name":"a","Count":0,"Note":"","Mail":"a@b.org","Link":"https://b.org/c","Phone":"+44 (20) 7946-0958","Bytes":"AA==","Day":5,"Field":1}""", true)]
    [InlineData("""{"Rank":1,"Name":null,"Count":0,"Note":"","Day":1,"Field":2}""", false)]
    [InlineData("""{"Rank":1,"Name":" \u0085","Count":0,"Note":"","Day":1,"Field":2}""", false)]
    [InlineData("""{"Rank":1,"Name":"a","Count":null,"Note":"","Day":1,"Field":2}""", false)]
    [InlineData("""{"Rank":4,"Name":"a","Count":0,"Note":"","Day":1,"Field":2}""", false)]
    [InlineData("""{"Rank":1,"Name":"a","Count":0,"Note":"","Day":2,"Field":2}""", false)]
    [InlineData("""{"Rank":1,"Name":"a","Count":0,"Note":"","Mail":"a@b@c","Day":1,"Field":2}""", false)]
    [InlineData("""{"Rank":1,"Name":"a","Count":0,"Note":"","Short":"😀😀😀","Day":1,"Field":2}""", false)]
    public void What_validates_a_type_binds_its_instances(string json, bool admitted) =>
        Assert.Equal(admitted, JsonGrammar.FromType(PlainTypes.Default.Checked).IsValid(Encoding.UTF8.GetBytes(json)));

    [Theory]
    [InlineData("""{"$type":1,"Name":"a"}""", true)]
    [InlineData("""{"$type":2,"Name":"a","Friends":[{"$type":1,"Name":"b"}]}""", true)]
    [InlineData("""{"$type":1.0,"Name":"a"}""", false)]
    [InlineData("""{"$type":1,"Name":"a","Friends":[]}""", false)]
    [InlineData("""{"Name":"a"}""", false)]
    public void A_discriminator_tells_types_apart(string json, bool admitted) =>
        Assert.Equal(admitted, JsonGrammar.FromType(PlainTypes.Default.IPet).IsValid(Encoding.UTF8.GetBytes(json)));

    [Theory]
    [InlineData("""{"Pages":1}""", true)]
    [InlineData("""{"Pages":1,"Value":2}""", false)]
    public void What_no_discriminator_marks_is_not_read(string json, bool admitted) =>
        Assert.Equal(admitted, JsonGrammar.FromType(PlainTypes.Default.Letter).IsValid(Encoding.UTF8.GetBytes(json)));

    [Theory]
    [InlineData("""{"Stations":[{"Id":"a"},{"Id":"b"}],"Routes":[{"From":"b","To":"a"},{"From":"a","To":null}]}""", true)]
    [InlineData("""{"Stations":[{"Id":"a"}],"Routes":[{"From":"a","To":"b"}]}""", false)]
    public void A_property_can_repeat_what_came_before(string json, bool admitted) =>
        Assert.Equal(admitted, JsonGrammar.FromType(PlainTypes.Default.Network).IsValid(Encoding.UTF8.GetBytes(json)));

    public static TheoryData<JsonTypeInfo, string> Refused => new()
    {
        { PlainTypes.Default.HasInterface, "/properties/Named" },
        { PlainTypes.Default.HasAbstract, "/properties/Parts/items" },
        { PlainTypes.Default.HasTwoWays, "/properties/Way" },
        { PlainTypes.Default.HasReadOnly, "/properties/Numbers" },
        { PlainTypes.Default.Crossed, "/properties/B" },
        { PlainTypes.Default.Odd, "/properties/A" },
    };

    [Theory]
    [MemberData(nameof(Refused), DisableDiscoveryEnumeration = true)]
    public void Refuses_what_cannot_be_read_or_enforced(JsonTypeInfo type, string pointer) =>
        Assert.Equal(pointer, Assert.Throws<GrammarException>(() => JsonGrammar.FromType(type)).Pointer);

    [Fact]
    public void Refuses_what_a_converter_of_its_own_reads() =>
        Assert.Equal("/properties/Value", Assert.Throws<GrammarException>(() => JsonGrammar.FromType(PlainTypes.Default.Foreign)).Pointer);

    [Fact]
    public void Refuses_any_order_where_a_discriminator_must_come_first() =>
        Assert.Throws<GrammarException>(() => JsonGrammar.FromType(PlainTypes.Default.Shape, new() { PropertyOrder = JsonPropertyOrder.Any }));

    private static void Admits(JsonTypeInfo type, object value)
    {
        string json = JsonSerializer.Serialize(value, type);
        Assert.True(JsonGrammar.FromType(type).IsValid(Encoding.UTF8.GetBytes(json)), json);
    }

    private static object? Read(string json, JsonTypeInfo type)
    {
        try
        {
            object? value = JsonSerializer.Deserialize(json, type);
            Assert.NotNull(value);
            return value;
        }
        catch (Exception e) when (e is JsonException or FormatException or OverflowException or NotSupportedException)
        {
            throw new Xunit.Sdk.XunitException($"{json} is not read: {e.Message}", e);
        }
    }

    private static bool Obeys(Annotated a) =>
        a.A is >= 1 and <= 5 && a.B is > 0.5 and <= 2.5 && a.C is >= 0.01m and <= 9.99m && a.D.EnumerateRunes().Count() is >= 2 and <= 5
        && a.E.Length is >= 1 and <= 3 && a.F.Count is 1 or 2 && new RegularExpressionAttribute("[A-Z]{2}-\\d+").IsValid(a.G)
        && new RegularExpressionAttribute("\\D{1,9}").IsValid(a.H) && a.I is "red" or "green" or null && a.J is 1 or 7 && a.K != "";
}
