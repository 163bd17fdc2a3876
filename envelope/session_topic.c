/*
 * session_topic.c
 *		Topics that are no table's: logical messages, transactions, schema changes.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "record.h"

bool
wf_session_topic_init(WfSession *session, WfSessionTopic *topic, size_t mark,
					  WfChainRecords records, WfSchemasWrite write_schemas)
{
	WfBuffer   *text = session->text;
	WfChainPlan chain;

	if (text->error != WF_BUFFER_OK ||
		!wf_chain_plan(&chain, session->transforms, wf_buffer_since(text, mark),
					   session->options.schema_names, records, session->error))
		return false;
	wf_buffer_cut(text, mark);
	wf_buffer_append(text, chain.topic.bytes, chain.topic.length);
	topic->name = (WfRange) {mark, text->length - mark};
	mark = text->length;
	wf_chain_key_tail_write(&chain, text, &session->form);
	topic->key_tail = (WfRange) {mark, text->length - mark};
	topic->id = 0;
	topic->decode = chain.decode;
	topic->unwrap = chain.decode != NULL ? chain.unwrap : NULL;
	topic->event_router = chain.decode != NULL ? chain.event_router : NULL;
	write_schemas(text, &session->options, &session->form, &chain, &topic->enclosure);
	return text->error == WF_BUFFER_OK;
}

void
wf_session_topic_end_key(WfSession *session, const WfSessionTopic *topic)
{
	if (topic->key_tail.length > 0)
		wf_buffer_repeat(session->text, topic->key_tail.offset, topic->key_tail.length);
	else
		wf_buffer_append_char(session->text, '}');
}

void
wf_record_set_topic(const WfSession *session, WfRecord *record, const WfSessionTopic *topic)
{
	record->topic = wf_session_text(session, topic->name);
	record->topic_id = topic->id;
	wf_record_enclose(session, record, session->text, &topic->enclosure);
}
