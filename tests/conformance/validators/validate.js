// Judges instances by two independent validators. Reads JSON lines {schema: text, instances: [text, ...]} and answers each with one
// JSON line {ajv: verdicts, hyperjump: verdicts}: verdicts is a list of true, false or null (not JSON), or {error: message} where
// the validator cannot take the schema.
import { createInterface } from "node:readline";
import Ajv from "ajv";
import Ajv2019 from "ajv/dist/2019.js";
import Ajv2020 from "ajv/dist/2020.js";
import AjvDraft04 from "ajv-draft-04";
import addFormats from "ajv-formats";
import draft06 from "ajv/dist/refs/json-schema-draft-06.json" with { type: "json" };
import { registerSchema, unregisterSchema, setShouldValidateFormat, validate } from "@hyperjump/json-schema/draft-2020-12";
import "@hyperjump/json-schema/draft-2019-09";
import "@hyperjump/json-schema/draft-07";
import "@hyperjump/json-schema/draft-06";
import "@hyperjump/json-schema/draft-04";
import "@hyperjump/json-schema/formats";
import { withDraft7Spellings } from "./spellings.js";

setShouldValidateFormat(true);

const DRAFT_2020 = "https://json-schema.org/draft/2020-12/schema";
const AJV = {
    [DRAFT_2020]: Ajv2020.default ?? Ajv2020,
    "https://json-schema.org/draft/2019-09/schema": Ajv2019.default ?? Ajv2019,
    "http://json-schema.org/draft-07/schema": Ajv.default ?? Ajv,
    "http://json-schema.org/draft-06/schema": Ajv.default ?? Ajv,
    "http://json-schema.org/draft-04/schema": AjvDraft04.default ?? AjvDraft04,
};

function dialectOf(schema) {
    const declared = typeof schema === "object" && schema !== null ? String(schema.$schema ?? "") : "";
    const bare = declared.replace(/#$/, "").replace(/^http:\/\/json-schema.org\/draft\/20/, "https://json-schema.org/draft/20");
    return Object.hasOwn(AJV, bare) ? bare : undefined;
}

function prepare(text) {
    const schema = JSON.parse(text);
    const dialect = dialectOf(schema);
    if (dialect !== undefined) {
        schema.$schema = dialect.includes("/draft-0") ? `${dialect}#` : dialect;
        return { schema, dialect };
    }
    const spelled = withDraft7Spellings(schema);
    if (typeof spelled === "object") delete spelled.$schema;
    return { schema: spelled, dialect: DRAFT_2020 };
}

function parse(text) {
    try { return { value: JSON.parse(text) }; } catch { return undefined; }
}

function byAjv({ schema, dialect }, instances) {
    const ajv = new AJV[dialect]({ strict: false, logger: false, addUsedSchema: false });
    if (dialect.includes("draft-06")) ajv.addMetaSchema(draft06);
    (addFormats.default ?? addFormats)(ajv);
    const check = ajv.compile(schema);
    return instances.map(instance => instance === undefined ? null : check(instance.value) === true);
}

let registered = 0;
async function byHyperjump({ schema, dialect }, instances) {
    const uri = `https://conformance.invalid/schema-${++registered}`;
    registerSchema(schema, uri, dialect);
    try {
        const check = await validate(uri);
        return instances.map(instance => instance === undefined ? null : check(instance.value).valid);
    } finally {
        unregisterSchema(uri);
    }
}

async function judge(validator, request) {
    try { return await validator(prepare(request.schema), request.instances.map(parse)); }
    catch (error) { return { error: String(error?.message ?? error).split("\n")[0].slice(0, 300) }; }
}

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    const request = JSON.parse(line);
    const answer = { ajv: await judge(byAjv, request), hyperjump: await judge(byHyperjump, request) };
    process.stdout.write(JSON.stringify(answer) + "\n");
}
