"""Writes the zoo of forms: small files of records as people have them, each with marked answers at known places.

    python3 -m venv venv && venv/bin/pip install pyarrow==26.0.1 pandas==3.1.1 datasets==5.2.0
    venv/bin/python make_forms.py

`texts.json` holds the texts: `marked` under the key of the tests (a practice key of the bundled tokenizer, 32 bytes of 0x5a), and
`people`, passages of public-domain prose. `zoo.json` says of each file where its marked answers are, or why it has to be refused.
"""
import json
import shutil
from pathlib import Path

import datasets
import pandas
import pyarrow
import pyarrow.parquet

HERE = Path(__file__).parent
FILES = HERE / "files"
TEXTS = json.loads((HERE / "texts.json").read_text())
M, N, _ = TEXTS["marked"]
H = TEXTS["people"]
ASK = "Write some sentences about the state of the nation, please, and about what is to come of it."
zoo = []


def entry(name, marked=(), refused=None, way=None, options=None):
    """marked: [record, answer or None]; refused: part of the message; way: options that the refusal has to propose."""
    one = {"file": name, "marked": [list(place) for place in marked]}
    if refused is not None:
        one = {"file": name, "refused": refused, **({"way": way} if way else {})}
    if options:
        one["options"] = options
    zoo.append(one)


def jsonl(name, records, *args, **more):
    lines = [json.dumps(record, ensure_ascii=False) for record in records]
    (FILES / f"{name}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    entry(f"{name}.jsonl", *args, **more)


def one_marked(name, make, answer=None, people=(), **more):
    """Three records, the second with the marked text. `people` are more texts for the same record."""
    texts = [H[0], M, H[1]]
    jsonl(name, [make(text) for text in texts], [(1, answer)], **more)


def value(name, content, *args, **more):
    (FILES / f"{name}.json").write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    entry(f"{name}.json", *args, **more)


def parquet(name, records, *args, **more):
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(records), FILES / f"{name}.parquet", compression="zstd")
    entry(f"{name}.parquet", *args, **more)


def chat(text, user="user", assistant="assistant", role="role", content="content"):
    return [{role: user, content: ASK}, {role: assistant, content: text}]


shutil.rmtree(FILES, ignore_errors=True)
FILES.mkdir()

# Plain fields.
one_marked("text", lambda t: {"text": t, "meta": {"source": "cc", "url": "https://example.org/a"}})
one_marked("prompt-completion", lambda t: {"prompt": ASK, "completion": t})
one_marked("alpaca", lambda t: {"instruction": ASK, "input": "", "output": t})
one_marked("dolly", lambda t: {"instruction": ASK, "context": H[2], "response": t, "category": "open_qa"})
one_marked("orca", lambda t: {"id": "flan.1", "system_prompt": "You help.", "question": ASK, "response": t})
one_marked("nested-text", lambda t: {"data": {"text": t}})
one_marked("two-text-fields", lambda t: {"text": H[3], "summary": t}, "summary")
one_marked("list-of-texts", lambda t: {"texts": [H[3], t]}, "texts[1]")
one_marked("numina", lambda t: {"problem": ASK, "solution": t, "answer": "4"}, "solution")
one_marked("flan", lambda t: {"inputs": ASK, "targets": t})
one_marked("generated-solution", lambda t: {"question": ASK, "generated_solution": t, "expected_answer": "42"}, "generated_solution")
one_marked("cot", lambda t: {"question": ASK, "cot": t, "answer": "Yes."}, "cot")
one_marked("deep-answer", lambda t: {"a": {"b": [{"c": {"response": t}}]}}, "a.b[0].c.response")
jsonl("lines-of-texts", [H[0], M, H[1]], [(1, None)])
value("list-of-strings", [H[0], M, H[1]], [(1, None)])

# Chats.
one_marked("openai", lambda t: {"messages": chat(t)})
one_marked("sharegpt", lambda t: {"conversations": chat(t, "human", "gpt", "from", "value")})
one_marked("role-capital", lambda t: {"messages": chat(t, "User", "Assistant")})
one_marked("role-ai", lambda t: {"messages": chat(t, "human", "ai")})
one_marked("role-model-name", lambda t: {"conversation": chat(t, "user", "gpt-4-0613")})
one_marked("role-text", lambda t: {"messages": chat(t, content="text")})
one_marked("unusual-chat-name", lambda t: {"reannotated_dialog_v2": chat(t)})
one_marked("chat-in-text", lambda t: {"conversation": json.dumps(chat(t))})
one_marked("chat-columns", lambda t: {"messages": {"role": ["user", "assistant"], "content": [ASK, t]}})
one_marked("chat-a-line", lambda t: chat(t))
one_marked("openai-parts", lambda t: {"messages": [{"role": "user", "content": [{"type": "text", "text": ASK}, {"type": "image_url", "image_url": {"url": "data:image/png;base64," + "A" * 300}}]}, {"role": "assistant", "content": [{"type": "text", "text": t}]}]})
one_marked("parts-with-value", lambda t: {"messages": [{"role": "assistant", "content": [{"type": "text", "value": t}]}]})
one_marked("reasoning-content", lambda t: {"messages": [{"role": "user", "content": ASK}, {"role": "assistant", "reasoning_content": t, "content": "42."}]})
one_marked("thinking-field", lambda t: {"messages": [{"role": "user", "content": ASK}, {"role": "assistant", "thinking": t, "content": "42."}]})
one_marked("anthropic-thinking", lambda t: {"messages": [{"role": "user", "content": ASK}, {"role": "assistant", "content": [{"type": "thinking", "thinking": t, "signature": "abc"}, {"type": "text", "text": "42."}]}]})
one_marked("tool-calls", lambda t: {"messages": [{"role": "user", "content": ASK}, {"role": "assistant", "content": None, "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "write", "arguments": t}}]}, {"role": "tool", "content": "done"}]})
one_marked("tool-use", lambda t: {"messages": [{"role": "user", "content": ASK}, {"role": "assistant", "content": [{"type": "tool_use", "id": "u", "name": "write", "input": {"path": "a.txt", "content": t}}]}]})
one_marked("function-call", lambda t: {"messages": [{"role": "user", "content": ASK}, {"role": "assistant", "content": None, "function_call": {"name": "write", "arguments": t}}]})
one_marked("langchain", lambda t: {"messages": [{"type": "human", "data": {"content": ASK}}, {"type": "ai", "data": {"content": t}}]})
one_marked("gemini-contents", lambda t: {"contents": [{"role": "user", "parts": [{"text": ASK}]}, {"role": "model", "parts": [{"text": t}]}]})
one_marked("gemini-tuning", lambda t: {"systemInstruction": {"role": "system", "parts": [{"text": "You help."}]}, "contents": [{"role": "user", "parts": [{"text": ASK}]}, {"role": "model", "parts": [{"text": t}]}]})
value("gemini-studio", {"runSettings": {"model": "models/gemini"}, "chunkedPrompt": {"chunks": [{"role": "user", "text": ASK}, {"role": "model", "text": M}]}}, [(0, None)])
value("claude-export", [{"uuid": "u1", "name": "chat", "chat_messages": [{"sender": "human", "text": ASK}, {"sender": "assistant", "text": t}]} for t in [H[0], M, H[1]]], [(1, None)])
value("chatgpt-export", [{"title": "chat", "mapping": {"n1": {"id": "n1", "message": {"author": {"role": "user"}, "content": {"content_type": "text", "parts": [ASK]}}}, "n2": {"id": "n2", "message": {"author": {"role": "assistant"}, "content": {"content_type": "text", "parts": [t]}}}}} for t in [H[0], M, H[1]]], [(1, "mapping.n2.message")])
one_marked("ultrachat", lambda t: {"id": "0", "data": [ASK, H[2], "Go on, and say more of it.", t]}, "data[3]")
one_marked("alpaca-history", lambda t: {"instruction": ASK, "input": "", "output": "Fine.", "history": [[ASK, t]]}, "history[0][1]")
one_marked("capybara", lambda t: {"source": "x", "conversation": [{"input": ASK, "output": H[2]}, {"input": "More.", "output": t}]}, "conversation[1].output")
one_marked("chat-and-system", lambda t: {"system": "You are of help.", "conversations": chat(t, "human", "gpt", "from", "value")})

# Pairs and candidates.
one_marked("pair-texts", lambda t: {"prompt": ASK, "chosen": t, "rejected": H[2]}, "chosen")
one_marked("pair-texts-rejected", lambda t: {"prompt": ASK, "chosen": H[2], "rejected": t}, "rejected")
one_marked("pair-chats", lambda t: {"prompt": ASK, "chosen": chat(H[2]), "rejected": chat(t), "score_chosen": 8.0}, "rejected")
one_marked("pair-turns", lambda t: {"conversations": [{"from": "human", "value": ASK}], "chosen": {"from": "gpt", "value": t}, "rejected": {"from": "gpt", "value": H[2]}}, "chosen")
one_marked("pair-and-messages", lambda t: {"prompt": ASK, "chosen": chat(H[2]), "rejected": chat(t), "messages": chat(H[2])}, "rejected")
one_marked("pair-numbered", lambda t: {"prompt": ASK, "response_0": H[2], "response_1": t, "better_response_id": 1}, "response_1")
one_marked("arena", lambda t: {"model_a": "vicuna-13b", "model_b": "gpt-4", "winner": "model_b", "conversation_a": chat(H[2]), "conversation_b": chat(t)}, "conversation_b")
one_marked("trl-messages", lambda t: {"prompt": [{"role": "user", "content": ASK}], "completion": [{"role": "assistant", "content": t}]}, None)
one_marked("ultrafeedback", lambda t: {"instruction": ASK, "models": ["a", "b"], "completions": [{"model": "a", "response": H[2], "overall_score": 3}, {"model": "b", "response": t, "overall_score": 8}]}, "completions[1].response")
one_marked("openr1", lambda t: {"problem": ASK, "solution": H[3], "answer": "4", "generations": [t, H[2]]}, "generations[0]")
one_marked("self-instruct", lambda t: {"instruction": ASK, "instances": [{"input": "", "output": t}], "is_classification": False}, "instances[0].output")
one_marked("squad-flat", lambda t: {"id": "5", "title": "Nation", "context": H[3], "question": ASK, "answers": {"text": [t], "answer_start": [3]}}, "answers.text[0]")
value("squad-nested", {"version": "1.1", "data": [{"title": "Nation", "paragraphs": [{"context": H[3], "qas": [{"id": "q", "question": ASK, "answers": [{"answer_start": 1, "text": t}]}]}]} for t in [H[0], M, H[1]]]}, [(1, "paragraphs[0].qas[0].answers[0].text")])
one_marked("nectar", lambda t: {"prompt": ASK, "answers": [{"answer": H[2], "model": "a", "rank": 1}, {"answer": t, "model": "b", "rank": 2}]}, "answers[1].answer")
one_marked("mt-bench", lambda t: {"question_id": 81, "answer_id": "aBcDeFgHiJkLmNoPqRsTuV", "model_id": "gpt-4", "choices": [{"index": 0, "turns": [H[2], t]}], "tstamp": 1.5}, "choices[0].turns[1]")
one_marked("oasst-trees", lambda t: {"message_tree_id": "t", "prompt": {"message_id": "m", "text": ASK, "role": "prompter", "replies": [{"text": H[2], "role": "assistant", "replies": [{"text": "Go on.", "role": "prompter", "replies": [{"text": t, "role": "assistant", "replies": []}]}]}, {"text": "No.", "role": "assistant", "replies": []}]}}, "prompt.replies[0].replies[0].replies[0]")
one_marked("responses-list", lambda t: {"prompt": ASK, "responses": [H[2], t]}, "responses[1]")
one_marked("model-outputs", lambda t: {"question": ASK, "model_outputs": {"outputs": [t]}}, "model_outputs.outputs[0]")
jsonl("same-answers", [{"prompt": ASK, "generations": [t, t, t]} for t in [H[0], M, H[1]]], [(1, "generations[0]")])
jsonl("two-forms-in-one-file", [{"response": H[0]}, {"output": M}, {"messages": chat(H[1])}, {"messages": chat(N)}], [(1, "output"), (3, "messages")])

one_marked("numbered-responses", lambda t: {"context": [{"role": "user", "content": ASK}], "response1": H[2], "response2": t}, "response2")
one_marked("model-columns", lambda t: {"question": ASK, "gpt-3.5": t, "llama-2-70b": H[2]}, "gpt-3.5")
one_marked("named-after-the-model", lambda t: {"question": ASK, "solution": "4", "deepseek_thinking_trajectory": t}, "deepseek_thinking_trajectory")
one_marked("transcript", lambda t: {"prompt": ASK, "chosen": f"\n\nHuman: {ASK}\n\nAssistant: {t}", "rejected": f"\n\nHuman: {ASK}\n\nAssistant: No."}, "chosen")
one_marked("conversation-as-text", lambda t: {"conversation": f"User: {ASK}\nAssistant: {t}"})
one_marked("argilla", lambda t: {"id": "a", "fields": {"instruction": ASK, "response": t}, "responses": []})
one_marked("bedrock", lambda t: {"recordId": "1", "modelInput": {"messages": [{"role": "user", "content": [{"text": ASK}]}]}, "modelOutput": {"role": "assistant", "content": [{"type": "text", "text": t}]}}, "modelOutput")
one_marked("cohere", lambda t: {"message": ASK, "chat_history": [{"role": "USER", "message": ASK}, {"role": "CHATBOT", "message": t}], "text": "Fine."}, "chat_history")
one_marked("assistants", lambda t: {"id": "msg", "role": "assistant", "content": [{"type": "text", "text": {"value": t, "annotations": []}}]})

# What servers answer.
one_marked("chat-completion", lambda t: {"id": "chatcmpl-1", "object": "chat.completion", "choices": [{"index": 0, "message": {"role": "assistant", "content": H[2]}}, {"index": 1, "message": {"role": "assistant", "content": t}}]}, "choices[1].message")
one_marked("text-completion", lambda t: {"id": "cmpl-1", "object": "text_completion", "choices": [{"index": 0, "text": t}]}, "choices[0].text")
one_marked("openai-batch", lambda t: {"id": "batch_req_1", "custom_id": "q0", "response": {"status_code": 200, "request_id": "x0", "body": {"id": "c0", "object": "chat.completion", "choices": [{"index": 0, "message": {"role": "assistant", "content": t}}]}}, "error": None}, "response.body.choices[0].message")
one_marked("openai-batch-responses", lambda t: {"custom_id": "q0", "response": {"status_code": 200, "body": {"object": "response", "output": [{"type": "reasoning", "id": "rs_1", "summary": []}, {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": t}]}]}}})
one_marked("responses-reasoning", lambda t: {"object": "response", "output": [{"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": t}]}, {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "42."}]}]})
one_marked("anthropic-batch", lambda t: {"custom_id": "q0", "result": {"type": "succeeded", "message": {"id": "msg_1", "type": "message", "role": "assistant", "model": "claude", "content": [{"type": "text", "text": t}]}}}, "result.message")
one_marked("gemini-batch", lambda t: {"key": "q0", "response": {"candidates": [{"content": {"parts": [{"text": t}], "role": "model"}, "finishReason": "STOP"}]}}, "response.candidates[0].content")
value("gemini-response", {"candidates": [{"content": {"role": "model", "parts": [{"text": t}]}, "index": i} for i, t in enumerate([H[0], M, H[1]])]}, [(1, "content")])
one_marked("output-text", lambda t: {"model": "m", "output_text": t})

# Tables.
pandas_rows = pandas.DataFrame([{"id": i, "text": t} for i, t in enumerate([H[0], M, H[1]])])
for orient, place in [("index", "1.text"), ("columns", "text.1"), ("split", "data[1][1]")]:
    pandas_rows.to_json(FILES / f"pandas-{orient}.json", orient=orient, force_ascii=False)
    entry(f"pandas-{orient}.json", [(0, place)])
pandas_rows.to_json(FILES / "pandas-table.json", orient="table", force_ascii=False)
entry("pandas-table.json", [(1, None)])
pandas_rows.to_json(FILES / "pandas-records.json", orient="records", force_ascii=False)
entry("pandas-records.json", [(1, None)])
pandas_rows.to_csv(FILES / "pandas-index-column.csv")
entry("pandas-index-column.csv", [(1, None)])
pandas.DataFrame([{"prompt": ASK, "chosen": t, "rejected": H[2]} for t in [H[0], M, H[1]]]).to_csv(FILES / "pair.csv", index=False)
entry("pair.csv", [(1, "chosen")])
pandas.DataFrame([{"prompt": ASK, "messages": json.dumps(chat(t))} for t in [H[0], M, H[1]]]).to_csv(FILES / "chat-in-a-cell.csv", index=False)
entry("chat-in-a-cell.csv", [(1, None)])
pandas_rows.to_parquet(FILES / "pandas.parquet")
entry("pandas.parquet", [(1, None)])
parquet("pair-chats", [{"prompt": ASK, "chosen": chat(H[2]), "rejected": chat(t)} for t in [H[0], M, H[1]]], [(1, "rejected")])
parquet("candidates", [{"problem": ASK, "generations": [H[2], t]} for t in [H[0], M, H[1]]], [(1, "generations[1]")])
parquet("ultrafeedback", [{"instruction": ASK, "completions": [{"model": "a", "response": t}, {"model": "b", "response": H[2]}]} for t in [H[0], M, H[1]]], [(1, "completions[0].response")])
parquet("squad", [{"context": H[3], "question": ASK, "answers": {"text": [t], "answer_start": [1]}} for t in [H[0], M, H[1]]], [(1, "answers.text[0]")])
for name, rows, place in [
    ("datasets-chat", [{"messages": chat(t)} for t in [H[0], M, H[1]]], None),
    ("datasets-list-of-texts", [{"responses": [H[2], t]} for t in [H[0], M, H[1]]], "responses[1]"),
]:
    set_of = datasets.Dataset.from_list(rows)
    set_of.to_parquet(FILES / f"{name}.parquet")
    entry(f"{name}.parquet", [(1, place)])
    set_of.save_to_disk(FILES / "folder")
    shutil.copy(FILES / "folder" / "data-00000-of-00001.arrow", FILES / f"{name}.arrow")
    shutil.rmtree(FILES / "folder")
    entry(f"{name}.arrow", [(1, place)])
columns = datasets.Features({"turns": {"role": datasets.List(datasets.Value("string")), "content": datasets.List(datasets.Value("string"))}})
datasets.Dataset.from_list([{"turns": {"role": ["user", "assistant"], "content": [ASK, t]}} for t in [H[0], M, H[1]]], features=columns).to_parquet(FILES / "datasets-columns.parquet")
entry("datasets-columns.parquet", [(1, None)])

# What has to be asked about.
one_marked("unknown-field", lambda t: {"id": "x-00001", "chronicle": t}, refused="none is guessed", way=["--field", "chronicle"])
one_marked("unknown-field-beside", lambda t: {"answer": "Yes.", "tale": t}, refused="tale", way=["--field", "answer", "--field", "tale"])
one_marked("unknown-role", lambda t: {"messages": chat(t, "Alice", "Bob")}, refused="nothing would be tested", way=["--role", "Bob"])
one_marked("unknown-role-among-known", lambda t: {"messages": [{"role": "assistant", "content": "Yes."}, {"role": "narrator", "content": t}]}, refused="narrator", way=["--role", "narrator"])
one_marked("unknown-part", lambda t: {"messages": [{"role": "user", "content": ASK}, {"role": "assistant", "content": [{"type": "text", "text": "Yes."}, {"type": "canvas", "body": t}]}]}, refused="canvas", way=["--accept-coverage"])
one_marked("only-a-prompt", lambda t: {"prompt": t}, refused="none is guessed", way=["--field", "prompt"])
one_marked("ids-and-addresses", lambda t: {"text": "https://example.org/000001", "report": t}, refused="none is guessed", way=["--field", "report"])
one_marked("mark-in-the-problem", lambda t: {"problem": t * 3, "answer": "4 and no more"}, refused="reads", way=["--accept-coverage"])
jsonl("dolma-attributes", [{"id": f"d{i}d{i}d{i}d{i}", "source": "cc", "attributes": {"pii__x": [[0, 10, 1.0]]}} for i in range(3)], refused="holds attributes of documents, and none of their text")
jsonl("empty-answers", [{"prompt": ASK, "response": ""} for _ in range(3)], refused="nothing would be tested", way=["--accept-coverage"])
jsonl("empty-chats", [{"messages": [{"role": "user", "content": ASK}]} for _ in range(3)], refused="nothing would be tested", way=["--accept-coverage"])
parquet("unknown-column", [{"category": "a", "report": t} for t in [H[0], M, H[1]]], refused="none is guessed", way=["--field", "report"])

# The same, answered.
for name, options, place in [
    ("unknown-field", {"field": "chronicle"}, None),
    ("unknown-field-beside", {"fields": ["answer", "tale"]}, "tale"),
    ("unknown-role", {"roles": ["Bob"]}, None),
    ("unknown-role-among-known", {"roles": ["assistant", "narrator"]}, None),
    ("only-a-prompt", {"field": "prompt"}, None),
    ("openr1", {"fields": ["generations[]"], "acceptCoverage": True}, "generations[0]"),
    ("ultrachat", {"fields": ["data[3]"], "acceptCoverage": True}, "data[3]"),
]:
    entry(f"{name}.jsonl", [(1, place)], options=options)

(HERE / "zoo.json").write_text(json.dumps(zoo, indent=1) + "\n")
print(len({one["file"] for one in zoo}), "files,", sum(path.stat().st_size for path in FILES.iterdir()), "bytes")
