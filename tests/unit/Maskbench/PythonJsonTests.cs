using System.Text;
using System.Text.Json;
using LlamaSpan.TestSupport.Maskbench;
using Xunit;

namespace LlamaSpan.UnitTests.Maskbench;

/// <summary>Expected texts are what CPython's json.dumps(json.loads(text), ensure_ascii=False) gives.</summary>
public class PythonJsonTests
{
    [Theory]
    [InlineData("1.0", "1.0")]
    [InlineData("1e5", "100000.0")]
    [InlineData("1e15", "1000000000000000.0")]
    [InlineData("1e16", "1e+16")]
    [InlineData("1.5e-7", "1.5e-07")]
    [InlineData("0.0001", "0.0001")]
    [InlineData("0.00001", "1e-05")]
    [InlineData("123456.789e3", "123456789.0")]
    [InlineData("1.7976931348623157e308", "1.7976931348623157e+308")]
    [InlineData("5e-324", "5e-324")]
    [InlineData("0.1", "0.1")]
    [InlineData("-0.0", "-0.0")]
    [InlineData("-0", "0")]
    [InlineData("1e999", "Infinity")]
    [InlineData("12345678901234567890123", "12345678901234567890123")]
    public void Writes_numbers_as_Python_does(string json, string expected) => Assert.Equal(expected, Dump(json));

    [Theory]
    [InlineData("""{"b":[1,2,{}],"a":null,"b":[]}""", """{"b": [], "a": null}""")]
    [InlineData("""["\u00e9\u007f\u0001\n\/\"\\","\ud83d\ude00"]""", "[\"é\u007f\\u0001\\n/\\\"\\\\\", \"😀\"]")]
    [InlineData("""[true,false,null]""", """[true, false, null]""")]
    public void Writes_structures_as_Python_does(string json, string expected) => Assert.Equal(expected, Dump(json));

    private static string Dump(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return Encoding.UTF8.GetString(PythonJson.ToUtf8(document.RootElement));
    }
}
