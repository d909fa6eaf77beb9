// Emoji by their Slack names; a name that is not here is shown as it was written.

const TABLE = `
+1 👍 thumbsup 👍 -1 👎 thumbsdown 👎 ok_hand 👌 wave 👋 clap 👏 pray 🙏 raised_hands 🙌 muscle 💪 point_right 👉 point_left 👈
point_up 👆 point_down 👇 raised_hand ✋ v ✌️ handshake 🤝 writing_hand ✍️ eyes 👀 brain 🧠 bust_in_silhouette 👤 busts_in_silhouette 👥
smile 😄 grinning 😀 smiley 😃 grin 😁 laughing 😆 joy 😂 rofl 🤣 slightly_smiling_face 🙂 upside_down_face 🙃 wink 😉 blush 😊
heart_eyes 😍 thinking_face 🤔 neutral_face 😐 expressionless 😑 confused 😕 worried 😟 cry 😢 sob 😭 scream 😱 fearful 😨 rage 😡
angry 😠 sweat_smile 😅 sweat 😓 sunglasses 😎 nerd_face 🤓 partying_face 🥳 sleeping 😴 zzz 💤 face_palm 🤦 shrug 🤷 skull 💀
ghost 👻 robot_face 🤖 alien 👽 clown_face 🤡 see_no_evil 🙈 hear_no_evil 🙉 speak_no_evil 🙊 heart ❤️ broken_heart 💔
yellow_heart 💛 green_heart 💚 blue_heart 💙 purple_heart 💜 sparkles ✨ star ⭐ star2 🌟 fire 🔥 boom 💥 zap ⚡ tada 🎉
confetti_ball 🎊 gift 🎁 trophy 🏆 medal 🏅 rocket 🚀 airplane ✈️ ship 🚢 car 🚗 ambulance 🚑 fire_engine 🚒 police_car 🚓
construction 🚧 vertical_traffic_light 🚦 red_circle 🔴 large_orange_circle 🟠 large_yellow_circle 🟡 large_green_circle 🟢
large_blue_circle 🔵 large_purple_circle 🟣 large_brown_circle 🟤 white_circle ⚪ black_circle ⚫ red_square 🟥 large_orange_square 🟧
large_yellow_square 🟨 large_green_square 🟩 large_blue_square 🟦 white_square ⬜ black_square ⬛ small_orange_diamond 🔸
small_blue_diamond 🔹 large_orange_diamond 🔶 large_blue_diamond 🔷 small_red_triangle 🔺 small_red_triangle_down 🔻
white_check_mark ✅ heavy_check_mark ✔️ ballot_box_with_check ☑️ x ❌ negative_squared_cross_mark ❎ heavy_multiplication_x ✖️
no_entry ⛔ no_entry_sign 🚫 octagonal_sign 🛑 warning ⚠️ rotating_light 🚨 bell 🔔 no_bell 🔕 loud_sound 🔊 mute 🔇
mega 📣 loudspeaker 📢 exclamation ❗ grey_exclamation ❕ question ❓ grey_question ❔ bangbang ‼️ interrobang ⁉️ 100 💯
information_source ℹ️ bulb 💡 lock 🔒 unlock 🔓 key 🔑 closed_lock_with_key 🔐 shield 🛡️ mag 🔍 mag_right 🔎 link 🔗 paperclip 📎
pushpin 📌 round_pushpin 📍 scissors ✂️ hammer 🔨 wrench 🔧 hammer_and_wrench 🛠️ gear ⚙️ nut_and_bolt 🔩 toolbox 🧰 bug 🐛
beetle 🐞 ant 🐜 spider 🕷️ snail 🐌 turtle 🐢 snake 🐍 cat 🐱 dog 🐶 unicorn_face 🦄 penguin 🐧 whale 🐳 elephant 🐘 see_saw 🛝
computer 💻 desktop_computer 🖥️ keyboard ⌨️ iphone 📱 floppy_disk 💾 cd 💿 battery 🔋 electric_plug 🔌 satellite_antenna 📡
package 📦 inbox_tray 📥 outbox_tray 📤 mailbox 📫 email ✉️ envelope ✉️ incoming_envelope 📨 memo 📝 pencil2 ✏️ clipboard 📋
page_facing_up 📄 file_folder 📁 open_file_folder 📂 card_index_dividers 🗂️ books 📚 book 📖 bookmark 🔖 label 🏷️ wastebasket 🗑️
chart_with_upwards_trend 📈 chart_with_downwards_trend 📉 bar_chart 📊 calendar 📆 date 📅 spiral_calendar_pad 🗓️ clock1 🕐 clock9 🕘
alarm_clock ⏰ stopwatch ⏱️ hourglass ⌛ hourglass_flowing_sand ⏳ watch ⌚ arrow_up ⬆️ arrow_down ⬇️ arrow_left ⬅️ arrow_right ➡️
arrow_upper_right ↗️ arrow_lower_right ↘️ arrows_counterclockwise 🔄 repeat 🔁 leftwards_arrow_with_hook ↩️ rewind ⏪ fast_forward ⏩
double_vertical_bar ⏸️ black_square_for_stop ⏹️ arrow_forward ▶️ heavy_plus_sign ➕ heavy_minus_sign ➖ new 🆕 ok 🆗 sos 🆘
one 1️⃣ two 2️⃣ three 3️⃣ four 4️⃣ five 5️⃣ sunny ☀️ cloud ☁️ umbrella ☔ snowflake ❄️ rainbow 🌈 droplet 💧 ocean 🌊 seedling 🌱
evergreen_tree 🌲 four_leaf_clover 🍀 coffee ☕ tea 🍵 teapot 🫖 beer 🍺 pizza 🍕 cake 🍰 birthday 🎂 apple 🍎 lemon 🍋 hot_pepper 🌶️
house 🏠 office 🏢 factory 🏭 hospital 🏥 earth_africa 🌍 globe_with_meridians 🌐 checkered_flag 🏁 triangular_flag_on_post 🚩
`;

const words = TABLE.trim().split(/\s+/);
export const EMOJI = new Map(
  Array.from({ length: words.length / 2 }, (_, place) => [words[2 * place], words[2 * place + 1]]),
);

/** The sign for `name` (skin tones are dropped), or null. */
export function emoji(name) {
  return EMOJI.get(name.split("::")[0]) ?? null;
}
