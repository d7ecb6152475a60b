// An app written with discord.js, driven through the emulated Discord: nothing of ours judges here.
//
//   node flow.mjs <file with the emulator's first line>
//
// Commands, suggestions, a form with labels, buttons, selects, private answers and what follows them, reactions, threads, direct
// messages, and a gateway that breaks. Exits non-zero with the reason when anything is off.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import {
  ActionRowBuilder, ButtonBuilder, ButtonStyle, Client, Events, GatewayIntentBits, LabelBuilder, MessageFlags, ModalBuilder, Partials,
  StringSelectMenuBuilder, TextInputBuilder, TextInputStyle, UserSelectMenuBuilder,
} from 'discord.js';

const told = JSON.parse(readFileSync(process.argv[2], 'utf8').split('\n')[0]);
const passed = [];

async function door(path, body) {
  const answer = await fetch(`${told.door_url}/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${told.door_token}` },
    body: JSON.stringify(body),
  });
  const read = await answer.json();
  if (!answer.ok) throw new Error(`${path}: ${read.error}`);
  return read;
}
const act = (user, name, given) => door(`client/${name}`, { user, ...given });
const control = (name, given = {}) => door(`control/${name}`, given);

const client = new Client({
  intents: [
    GatewayIntentBits.Guilds, GatewayIntentBits.GuildMessages, GatewayIntentBits.GuildMessageReactions, GatewayIntentBits.DirectMessages,
    GatewayIntentBits.DirectMessageReactions, GatewayIntentBits.MessageContent,
  ],
  partials: [Partials.Message, Partials.Channel, Partials.Reaction, Partials.User],
  rest: { api: told.api_url.replace(/\/v10$/, ''), version: '10' },
});

// The next event of a kind that fits; a failure of a handler fails the flow.
function next(event, fits = () => true, limit = 20_000) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => { client.off(event, hear); reject(new Error(`no ${event} came`)); }, limit);
    function hear(...given) {
      if (!fits(...given)) return;
      clearTimeout(timer);
      client.off(event, hear);
      resolve(given.length > 1 ? given : given[0]);
    }
    client.on(event, hear);
  });
}
// What a person does, while the app handles the interaction it leads to.
async function handled(doing, handle) {
  const asked = next(Events.InteractionCreate);
  const acted = doing();
  const answered = asked.then(handle);
  const [seen] = await Promise.all([acted, answered]);
  return seen;
}
async function step(name, run) {
  await run();
  passed.push(name);
}

async function flow() {
  const ready = next(Events.ClientReady);
  await client.login(told.bot_token);
  await ready;
  const guild = client.guilds.cache.get(told.guild);
  assert.equal(guild.name, 'Example Corp');
  const queue = guild.channels.cache.get(told.queue_channel);
  const general = guild.channels.cache.get(told.general_channel);

  await step('commands are registered', async () => {
    const text = { type: 3, name: 'text', description: 'What happened' };
    const which = { type: 3, name: 'case', description: 'Which', required: true, autocomplete: true };
    const sub = (name, options = []) => ({ type: 1, name, description: name, options });
    const set = await client.application.commands.set([
      { name: 'secevent', description: 'Security events', options: [sub('report', [text]), sub('status', [which]), sub('help')] },
      { name: 'Report security event', type: 3 },
    ], told.guild);
    assert.equal(set.size, 2);
  });

  await step('a command with words is answered privately', async () => {
    const seen = await handled(() => act('alice', 'slash', { channel: 'general', text: '/secevent report a *strange* mail' }), async (asked) => {
      assert.ok(asked.isChatInputCommand() && asked.inGuild());
      assert.equal(asked.options.getSubcommand(), 'report');
      assert.equal(asked.options.getString('text'), 'a *strange* mail');
      assert.equal(asked.member.displayName, 'Alice Adler');
      await asked.reply({ content: 'thank you', flags: MessageFlags.Ephemeral });
      await assert.rejects(asked.client.rest.post(`/interactions/${asked.id}/${asked.token}/callback`, { body: { type: 4, data: { content: 'x' } }, auth: false }), { code: 40060 });
    });
    assert.equal(seen.shown[0].shown, 'thank you');
  });

  await step('suggestions come while typing', async () => {
    const seen = await handled(() => act('alice', 'autocomplete', { channel: 'general', text: '/secevent status SE-' }), async (asked) => {
      assert.ok(asked.isAutocomplete());
      assert.deepEqual(asked.options.getFocused(true), { name: 'case', type: 3, value: 'SE-', focused: true });
      await asked.respond([{ name: 'SE-1 Phish', value: 'SE-1' }]);
    });
    assert.deepEqual(seen, [{ name: 'SE-1 Phish', value: 'SE-1' }]);
  });

  await step('a form with labels is filled in and sent', async () => {
    const modal = new ModalBuilder().setCustomId('v1:form:report:1').setTitle('Report').addLabelComponents(
      new LabelBuilder().setLabel('What happened?').setTextInputComponent(new TextInputBuilder().setCustomId('text').setStyle(TextInputStyle.Paragraph)),
      new LabelBuilder().setLabel('How bad?').setDescription('A guess will do').setStringSelectMenuComponent(
        new StringSelectMenuBuilder().setCustomId('bad').addOptions({ label: 'Low', value: 'low' }, { label: 'High', value: 'high' })),
      new LabelBuilder().setLabel('Who else?').setUserSelectMenuComponent(new UserSelectMenuBuilder().setCustomId('who').setRequired(false)),
    );
    const opened = await handled(() => act('alice', 'slash', { channel: 'general', text: '/secevent report' }), (asked) => asked.showModal(modal));
    assert.equal(opened.view.title, 'Report');
    assert.deepEqual(opened.view.fields.map((field) => field.label), ['What happened?', 'How bad?', 'Who else?']);
    const sent = await handled(() => act('alice', 'submit', { values: { 'What happened?': 'phish', 'How bad?': 'High', 'Who else?': '@bob' } }), async (asked) => {
      assert.ok(asked.isModalSubmit());
      assert.equal(asked.fields.getTextInputValue('text'), 'phish');
      assert.deepEqual([...asked.fields.getStringSelectValues('bad')], ['high']);
      assert.equal(asked.fields.getSelectedUsers('who').first().username, 'bob');
      await asked.reply({ content: 'taken down', flags: MessageFlags.Ephemeral });
    });
    assert.equal(sent.shown[0].shown, 'taken down');
    assert.equal(sent.view, null);
  });

  let card;
  await step('buttons and selects of a card', async () => {
    const buttons = new ActionRowBuilder().addComponents(new ButtonBuilder().setCustomId('v1:take:1').setLabel('Take').setStyle(ButtonStyle.Primary));
    const people = new ActionRowBuilder().addComponents(new UserSelectMenuBuilder().setCustomId('v1:assign:1').setPlaceholder('Assign to'));
    card = await queue.send({ content: 'Case 1', embeds: [{ title: 'Phish', fields: [{ name: 'State', value: 'open' }] }], components: [buttons, people], nonce: 'n1', enforceNonce: true });
    const again = await queue.send({ content: 'Case 1', nonce: 'n1', enforceNonce: true });
    assert.equal(again.id, card.id);
    const pressed = await handled(() => act('rita', 'press', { channel: 'security-queue', ts: card.id, action: 'Take' }), async (asked) => {
      assert.ok(asked.isButton());
      await asked.update({ content: 'Case 1, taken by rita' });
      const more = await asked.followUp({ content: 'it is yours', flags: MessageFlags.Ephemeral });
      await asked.webhook.editMessage(more.id, { content: 'it is yours now' });
      assert.equal((await asked.fetchReply()).id, card.id);
    });
    assert.ok(pressed.acknowledged);
    const shown = await act('rita', 'ephemerals', {});
    assert.equal(shown.at(-1).shown, 'it is yours now');
    const chosen = await handled(() => act('rita', 'press', { channel: 'security-queue', ts: card.id, action: 'Assign to', value: '@ben' }), async (asked) => {
      assert.ok(asked.isUserSelectMenu());
      assert.equal(asked.users.first().username, 'ben');
      await asked.deferUpdate();
      await asked.editReply({ content: 'Case 1, given to ben', components: [] });
    });
    assert.ok(chosen.acknowledged);
    const read = await act('rita', 'channel', { channel: 'security-queue' });
    assert.equal(read.find((one) => one.ts === card.id).text, 'Case 1, given to ben');
  });

  await step('thinking is replaced by the answer', async () => {
    await handled(() => act('alice', 'slash', { channel: 'general', text: '/secevent help' }), async (asked) => {
      const deferred = await asked.deferReply({ flags: MessageFlags.Ephemeral, withResponse: true });
      assert.ok(deferred.resource.message === null || deferred.interaction.responseMessageEphemeral);
      await asked.editReply('help is here');
    });
    assert.equal((await act('alice', 'ephemerals', {})).at(-1).shown, 'help is here');
  });

  await step('the menu of a message', async () => {
    const said = await act('bob', 'post', { channel: 'general', text: 'look at this' });
    await handled(() => act('alice', 'message_shortcut', { channel: 'general', ts: said.posted.ts, shortcut: 'Report security event' }), async (asked) => {
      assert.ok(asked.isMessageContextMenuCommand());
      assert.equal(asked.targetMessage.content, 'look at this');
      const answer = await asked.reply({ content: 'thanks', flags: MessageFlags.Ephemeral, withResponse: true });
      assert.equal(answer.resource.message.content, 'thanks');
    });
  });

  await step('a reaction leads to the message', async () => {
    const said = await act('bob', 'post', { channel: 'general', text: 'is this phish?' });
    const [[reaction, user]] = await Promise.all([
      next(Events.MessageReactionAdd),
      act('alice', 'react', { channel: 'general', ts: said.posted.ts, emoji: 'rotating_light' }),
    ]);
    assert.equal(reaction.emoji.name, '🚨');
    assert.equal(user.id, (await act('alice', 'whoami', {})).id);
    const message = await general.messages.fetch({ message: said.posted.ts, force: true });
    assert.equal(message.content, 'is this phish?');
    assert.equal(message.reactions.cache.size, 1);
    await message.react('👀');
    const seen = await act('alice', 'channel', { channel: 'general' });
    assert.deepEqual(Object.keys(seen.at(-1).reactions).sort(), ['eyes', 'rotating_light']);
  });

  await step('a thread per case', async () => {
    const thread = await card.startThread({ name: 'Case 1', autoArchiveDuration: 1440 });
    assert.equal(thread.id, card.id);
    await assert.rejects(card.startThread({ name: 'again' }), (error) => error.code === 160004 || error.code === 'MessageExistingThread');
    await thread.send('first note');
    const [message] = await Promise.all([
      next(Events.MessageCreate, (one) => one.content === 'second note'),
      act('rita', 'post', { channel: 'security-queue', thread_ts: card.id, text: 'second note' }),
    ]);
    assert.ok(message.channel.isThread() && message.channel.parentId === queue.id);
    const read = await act('rita', 'thread', { channel: 'security-queue', ts: card.id });
    assert.deepEqual(read.map((one) => one.shown.split('\n')[0]), ['Case 1, given to ben', 'first note', 'second note']);
    await thread.setArchived(true);
    assert.ok((await thread.fetch(true)).archived);
  });

  await step('files travel both ways', async () => {
    const message = await general.send({ content: 'see', files: [{ attachment: Buffer.from('abc'), name: 'a.txt' }] });
    const file = message.attachments.first();
    assert.equal(await (await fetch(file.url)).text(), 'abc');
    await message.delete();
    await assert.rejects(general.messages.fetch({ message: message.id, force: true }), { code: 10008 });
  });

  await step('direct messages, open and closed', async () => {
    const alice = await client.users.fetch((await act('alice', 'whoami', {})).id);
    await alice.send('hello');
    const [message] = await Promise.all([
      next(Events.MessageCreate, (one) => one.content === 'hi'),
      act('alice', 'post', { channel: '@secevent', text: 'hi' }),
    ]);
    assert.ok(message.channel.isDMBased());
    await control('close_dm', { user: 'bob' });
    const bob = await client.users.fetch((await act('bob', 'whoami', {})).id);
    await assert.rejects(bob.send('hello'), { code: 50007 });
  });

  await step('refusals carry their codes', async () => {
    await assert.rejects(client.rest.get('/channels/1'), { code: 10003 });
    await assert.rejects(general.send('x'.repeat(2001)), (error) => error.code === 50035 && error.rawError.errors.content._errors[0].code === 'BASE_TYPE_MAX_LENGTH');
  });

  for (const [how, given] of [['a close with a code', { what: 'close', code: 4000 }], ['a reset', { what: 'reset' }], ['op 7', { what: 'reconnect' }]]) {
    await step(`nothing is lost by ${how}`, async () => {
      const resumed = next(Events.ShardResume);
      const message = next(Events.MessageCreate, (one) => one.content === how);
      await control('socket', given);
      await act('bob', 'post', { channel: 'general', text: how });
      await Promise.all([resumed, message]);
    });
  }

  await step('nothing failed behind the scenes', async () => {
    const status = await control('status');
    assert.equal(status.ledger_broken, null);
  });
}

client.on(Events.Error, (error) => { throw error; });
try {
  await flow();
  console.log(`discord.js: ${passed.length} steps passed`);
  await client.destroy();
  process.exit(0);
} catch (error) {
  console.error(`discord.js: failed after "${passed.at(-1)}"`);
  console.error(error);
  process.exit(1);
}
