//! The prompts as skills, for agents that pick one by themselves: each a `SKILL.md` that names tools.

use rmcp::model::{Skill, SkillFrontmatter, SkillResource, SkillResources};

use crate::prompts;

/// Of text that a skill's file is.
pub(crate) const MARKDOWN: &str = "text/markdown";

/// Returns the skills, always in the same order.
pub(crate) fn list() -> Vec<Skill> {
    prompts::instructions().map(|file| skill(&file)).collect()
}

/// Returns the skill whose file is at this URI, if there is one.
pub(crate) fn get(uri: &str) -> Option<Skill> {
    prompts::instructions().find(|file| address(file) == uri).map(|file| skill(&file))
}

/// Returns the file at this URI, if it is a skill's.
pub(crate) fn read(uri: &str) -> Option<String> {
    prompts::instructions().find(|file| address(file) == uri).map(|file| text(&file))
}

fn skill(file: &prompts::Instructions) -> Skill {
    let uri = address(file);
    let files = vec![SkillResource::from_bytes(uri.as_str(), text(file).as_bytes())];
    let head = SkillFrontmatter::new(file.name.as_str(), file.description.as_str());
    Skill::new(uri, head, SkillResources::Files(files))
}

fn address(file: &prompts::Instructions) -> String {
    format!("skill://intercom/{}/SKILL.md", file.name)
}

fn text(file: &prompts::Instructions) -> String {
    let prompts::Instructions { name, title, description, text } = file;
    format!("---\nname: {name}\ndescription: {description}\n---\n\n# {title}\n\n{text}\n")
}
