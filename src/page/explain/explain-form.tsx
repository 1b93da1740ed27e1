// What is asked for: a model or a path, and with which client token.
import { useEffect, useId, useState } from "preact/hooks";
import { useOperation } from "../api/use-operation.ts";
import type { Topic } from "../live/use-topics.ts";
import { ModelField } from "../playground/model-field.tsx";
import { useQuery } from "../router/route.ts";
import { t } from "../texts/texts.ts";
import { Button } from "../ui/button.tsx";
import { SelectField, TextField } from "../ui/field.tsx";
import { METHODS, type Question } from "./explain-question.ts";

const TOPICS: readonly Topic[] = ["tokens"];
const MOST_SUGGESTED = 500;

export function ExplainForm({ question }: { readonly question: Question }) {
  const [, changeQuery] = useQuery();
  const [fields, setFields] = useState(question);
  // The address was changed elsewhere, such as by the step back.
  useEffect(() => setFields(question), [JSON.stringify(question)]);
  const { request, model = "", method = "", token = "" } = fields;
  const isPath = request.trim().startsWith("/");
  const ask = (event: Event) => {
    event.preventDefault();
    changeQuery({ request: request.trim(), model: isPath ? model : "", method: isPath ? method : "", token }, true);
  };
  return (
    <form class="card explain-form" onSubmit={ask}>
      <ModelField
        label={t("explain.request")}
        hint={t("explain.request_hint")}
        value={request}
        onValue={(value) => setFields({ ...fields, request: value })}
      />
      {isPath && <PathFields fields={fields} onChange={(patch) => setFields({ ...fields, ...patch })} />}
      <TokenField token={token} onToken={(value) => setFields({ ...fields, token: value })} />
      <div class="row row-end">
        <Button kind="primary" type="submit" disabled={request.trim() === ""}>
          {t("explain.ask")}
        </Button>
      </div>
    </form>
  );
}

interface PathFieldsProps {
  readonly fields: Question;
  readonly onChange: (patch: Pick<Question, "model" | "method">) => void;
}

function PathFields({ fields: { model = "", method = "" }, onChange }: PathFieldsProps) {
  return (
    <>
      <TextField
        label={t("explain.model")}
        hint={t("explain.model_hint")}
        value={model}
        onValue={(value) => onChange({ model: value })}
      />
      <SelectField
        label={t("explain.method")}
        value={method}
        choices={[{ value: "", text: t("explain.usual_method") }, ...METHODS.map((one) => ({ value: one, text: one }))]}
        onValue={(value) => onChange({ method: value })}
      />
    </>
  );
}

interface TokenFieldProps {
  readonly token: string;
  readonly onToken: (token: string) => void;
}

function TokenField({ token, onToken }: TokenFieldProps) {
  const list = useId();
  const { data } = useOperation("tokens.list", {}, { topics: TOPICS });
  return (
    <>
      <TextField
        label={t("explain.token")}
        hint={t("explain.token_hint")}
        list={list}
        value={token}
        onValue={onToken}
      />
      <datalist id={list}>
        {(data?.tokens ?? []).slice(0, MOST_SUGGESTED).map(({ id, name }) => (
          <option key={id} value={name} />
        ))}
      </datalist>
    </>
  );
}
